import { GateError, type Blame } from '../errors.ts';
import type { GateReport } from '../report.ts';

/** Exit codes are stable: scripts and workflows branch on them. `docs/reference/exit-codes.md` is generated from here. */
export const EXIT_CODES = {
  pass: { code: 0, meaning: 'The verdict is pass or warn.' },
  fail: { code: 1, meaning: 'The verdict is fail.' },
  user: { code: 2, meaning: 'The policy, the lockfile or the arguments are wrong: nothing was decided.' },
  tool: { code: 3, meaning: 'modelgate itself failed: nothing was decided.' },
  nothing: { code: 4, meaning: 'There was nothing to scan, and the policy forbids that.' },
  cancelled: { code: 130, meaning: 'The run was stopped (Ctrl-C, SIGTERM): nothing was decided.' },
} as const;

/** The exit code of a finished run. */
export function exitCodeOf(report: GateReport): number {
  if (report.verdict !== 'fail') return EXIT_CODES.pass.code;
  const failing = [...report.findings, ...report.artifacts.flatMap((one) => one.findings)].filter((one) => one.verdict === 'fail');
  const onlyNothing = failing.length > 0 && failing.every((one) => one.rule === 'gate/nothing-to-scan');
  return onlyNothing ? EXIT_CODES.nothing.code : EXIT_CODES.fail.code;
}

/** The exit code of a run that could not decide anything. An unreadable artifact never gets here: it is a finding. */
export function exitCodeOfError(thrown: unknown): number {
  if (thrown instanceof GateError && thrown.code === 'inspection/cancelled') return EXIT_CODES.cancelled.code;
  const blame: Blame = thrown instanceof GateError ? thrown.blame : 'tool';
  return blame === 'tool' ? EXIT_CODES.tool.code : EXIT_CODES.user.code;
}
