import { readFile, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Changes } from '../artifacts/changes.ts';
import { MAX_MANIFEST_BYTES } from '../artifacts/limits.ts';
import { earlierVersions } from '../artifacts/earlier-versions.ts';
import { GateError } from '../errors.ts';
import type { GatePorts, GateRequest } from '../gate-request.ts';
import { runGate } from '../gate.ts';
import type { Inspect } from '../inspection/inspection.ts';
import type { GateReport } from '../report.ts';
import { visible } from '../reporters/escape.ts';
import { diskFiles } from '../gate/judging-files.ts';
import { baseFiles } from './base-files.ts';
import { establishChanges } from './changes.ts';
import { planComparison, type Plan } from './comparison-plan.ts';
import { datasetPaths } from './dataset-paths.ts';
import { deliver, type DeliveryPorts } from './deliver.ts';
import { readEvent, type GateEvent } from './event.ts';
import { existingPath } from './existing-path.ts';
import { fetchCommit, fetchMissing, type FetchCredentials } from './fetch-commit.ts';
import type { GitHubApi, GitHubApiRequest } from './github-api.ts';
import { guardedInspect } from './guarded-inspect.ts';
import { readInputs, type ActionInputs, type FailOn } from './inputs.ts';
import { isInside } from '../artifacts/is-inside.ts';
import { readJudgingRules } from '../gate/judging-rules.ts';
import { openRepository, type Repository } from './repository.ts';
import { everything, narrowChanges } from './scope.ts';

/** All the action knows of the process and the runner; tests hand in their own. */
export interface ActionPorts extends DeliveryPorts {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly log: {
    readonly info: (message: string) => void;
    readonly notice: (message: string) => void;
    readonly warning: (message: string) => void;
    readonly error: (message: string, title: string) => void;
  };
  readonly inspect: Inspect;
  /** What identifies the code that inspects, for the cache. */
  readonly tool: string;
  readonly availableThreads: number;
  readonly connect: (request: GitHubApiRequest) => GitHubApi;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

export interface ActionOutcome {
  readonly report: GateReport;
  readonly isFailed: boolean;
  /** One sentence for the log. */
  readonly sentence: string;
}

/** The action from its inputs to its outputs. Throws GateErrors for what keeps it from deciding. */
export async function runAction(ports: ActionPorts): Promise<ActionOutcome> {
  const { environment, log, signal } = ports;
  const inputs = readInputs(environment);
  const { workspace, root } = await findRoot(inputs, environment);
  const event = readEvent(await readEventFile(environment));
  const repository = await openCheckout(root, ports);
  const api = connect(inputs, ports);
  const plan = await planComparison(event, inputs, repository);
  const prefix = repository?.prefix ?? asPrefix(path.relative(workspace, root));
  const credentials = inputs.token === undefined ? undefined : { token: inputs.token, serverUrl: environment['GITHUB_SERVER_URL'] ?? 'https://github.com' };

  const { comparison } = plan;
  if (repository !== undefined) await fetchMissing(repository, neededCommits(plan), credentials, log.info);
  const changes = comparison.kind === 'commits' ? await establishChanges(comparison, { repository, api, prefix, log: log.info }) : undefined;
  const files = plan.trustedCommit === undefined ? diskFiles(root) : baseFiles({ root, commit: plan.trustedCommit, repository, api, prefix });
  const rules = await readJudgingRules({ root, workspace, policy: inputs.policy, lockfile: inputs.lockfile, files });
  const { policy } = rules;

  const request: GateRequest = {
    root,
    scope:
      changes !== undefined
        ? { kind: 'changes', changes: narrowChanges(changes, inputs.paths, policy.artifacts) }
        : comparison.kind === 'nothing'
          ? { kind: 'changes', changes: { known: true, by: 'paths', list: [] } }
          : { kind: 'paths', paths: await everything({ root, paths: inputs.paths, globs: policy.artifacts, repository, signal }) },
    ...rules,
    hasAllDatasets: inputs.paths.length === 0,
    ...(plan.trustedCommit === undefined ? {} : { readTrusted: manifestsAt({ root, commit: plan.trustedCommit, repository, api, prefix, maxBytes: MAX_MANIFEST_BYTES }) }),
    samples: await existingPath('samples', inputs.samples, root),
    baseline: await existingPath('baseline', inputs.baseline, root),
    datasets: await datasetPaths(inputs.datasets, root),
    ...(await earlierOf(plan, changes, repository, credentials)),
    seed: inputs.seed,
    budgetSeconds: inputs.budgetSeconds ?? policy.budgetSeconds,
    engine: inputs.engine,
    threads: inputs.threads ?? ports.availableThreads,
    warnOnly: inputs.warnOnly,
  };
  sayWhatIsDone(event, plan, request, log.info);

  const pictures = new Map<string, Uint8Array>();
  const report = await runGate(request, { ...(await gatePorts(inputs, event, workspace, ports)), onPicture: (digest, bytes) => void pictures.set(digest, bytes) });
  // What was not examined is inconclusive, which a lenient policy lets pass; a run that was stopped must not.
  if (signal.aborted) throw new GateError({ code: 'inspection/cancelled', message: 'The run was cancelled before it had a verdict.', nextStep: 'Run the job again.' });
  const problems = await deliver(
    report,
    pictures,
    {
      reportFolder: reportFolder(inputs, workspace, environment),
      workspace,
      prefix,
      formats: inputs.formats,
      summaryFile: inputs.summary ? filled(environment['GITHUB_STEP_SUMMARY']) : undefined,
      annotations: inputs.annotations,
    },
    ports,
  );
  for (const problem of problems) log.warning(`${problem} The verdict is not changed by that.`);
  return { report, isFailed: fails(report.verdict, inputs.failOn), sentence: sentenceOf(report, request.scope, inputs.failOn) };
}

/** Manifests of datasets are longer than a policy, and read when it is known which datasets there are. */
function manifestsAt(request: Parameters<typeof baseFiles>[0]): NonNullable<GateRequest['readTrusted']> {
  return (file) => baseFiles(request).read(file);
}

/**
 * How files were before what is tested, and what it touches. A model is larger than what the commit was fetched with, so
 * the one object that is compared with is fetched when it is wanted.
 */
async function earlierOf(
  { comparison, trustedCommit }: Plan,
  changes: Changes | undefined,
  repository: Repository | undefined,
  credentials: FetchCredentials | undefined,
): Promise<Pick<GateRequest, 'earlier' | 'changes'>> {
  const unknown: Changes = { known: false, reason: 'Everything is looked at, whatever changed.' };
  const touched = changes ?? (trustedCommit === undefined ? undefined : unknown);
  const base = comparison.kind === 'commits' ? comparison.base : trustedCommit;
  return {
    ...(touched === undefined ? {} : { changes: touched }),
    ...(repository === undefined
      ? {}
      : {
          earlier: await earlierVersions({
            ...repository,
            head: repository.checkedOut,
            ...(base === undefined ? {} : { base, isDirect: comparison.kind !== 'commits' || comparison.how === 'direct' }),
            fetchObject: async (id) => void (await fetchCommit(repository, id, credentials)),
          }),
        }),
  };
}

/** Commits that git has to have: what is compared with, where one tree is enough for that, and where the rules are. */
function neededCommits({ comparison, trustedCommit }: Plan): readonly string[] {
  const compared = comparison.kind === 'commits' && comparison.how === 'direct' ? [comparison.base] : [];
  return [...new Set([...compared, ...(trustedCommit === undefined ? [] : [trustedCommit])])];
}

async function findRoot(inputs: ActionInputs, environment: ActionPorts['environment']): Promise<{ workspace: string; root: string }> {
  const given = filled(environment['GITHUB_WORKSPACE']);
  if (given === undefined) {
    throw new GateError({ code: 'arguments/invalid', message: 'GITHUB_WORKSPACE is not set.', nextStep: 'Outside of a GitHub workflow, use the command line: modelgate scan.' });
  }
  const workspace = await realpath(given).catch(() => given);
  const root = await realpath(path.resolve(workspace, inputs.workingDirectory)).catch(() => undefined);
  const isFolder = root !== undefined && (await stat(root)).isDirectory();
  if (root === undefined || !isFolder || !isInside(workspace, root)) {
    throw new GateError({
      code: 'arguments/invalid',
      message: `The input \`working-directory\` is "${inputs.workingDirectory}"; allowed is a folder of the workspace.`,
      where: { field: 'working-directory' },
      nextStep: 'Check the repository out before this step (actions/checkout), and give a folder in it.',
    });
  }
  return { workspace, root };
}

async function readEventFile(environment: ActionPorts['environment']): Promise<{ name: string; sha: string; payload: unknown }> {
  const [name, sha, file] = ['GITHUB_EVENT_NAME', 'GITHUB_SHA', 'GITHUB_EVENT_PATH'].map((variable) => filled(environment[variable]));
  if (name === undefined || file === undefined) {
    throw new GateError({ code: 'arguments/invalid', message: 'GITHUB_EVENT_NAME or GITHUB_EVENT_PATH is not set.', nextStep: 'Outside of a GitHub workflow, use the command line: modelgate scan.' });
  }
  try {
    return { name, sha: sha ?? '', payload: JSON.parse(await readFile(file, 'utf8')) as unknown };
  } catch (cause) {
    throw new GateError({ code: 'changes/unknown', message: `The event’s payload ${file} could not be read.`, nextStep: 'Run the action in a GitHub workflow.', cause });
  }
}

async function openCheckout(root: string, { environment, signal, log }: ActionPorts): Promise<Repository | undefined> {
  const opened = await openRepository({ root, environment, signal });
  if (opened.isOpen) return opened.repository;
  log.info(`git cannot be asked: ${opened.reason}`);
  return undefined;
}

function connect(inputs: ActionInputs, { environment, connect: open, signal }: ActionPorts): GitHubApi | undefined {
  const repository = filled(environment['GITHUB_REPOSITORY']);
  if (inputs.token === undefined || repository === undefined) return undefined;
  return open({ token: inputs.token, repository, apiUrl: filled(environment['GITHUB_API_URL']) ?? 'https://api.github.com', signal });
}

async function gatePorts(inputs: ActionInputs, event: GateEvent, workspace: string, ports: ActionPorts): Promise<GatePorts> {
  const { environment, inspect, tool, log } = ports;
  let finished = 0;
  return {
    inspect: await guardedInspect({ inspect, inputs, event, workspace, home: filled(environment['HOME']), tool, log }),
    now: ports.now,
    signal: ports.signal,
    onProgress: ({ path: artifact, detector, done, what }) => {
      if (done < 1 || detector !== undefined) return;
      finished += 1;
      log.info(`${finished}: ${visible(artifact)}: ${visible(what)}`);
    },
  };
}

function sayWhatIsDone(event: GateEvent, { comparison, trustedCommit }: Plan, { scope, policy, lockfile }: GateRequest, say: (message: string) => void): void {
  const from = trustedCommit === undefined ? 'the checked-out files' : `the base commit ${trustedCommit.slice(0, 12)}`;
  say(`Policy: ${visible(policy.source)}; lockfile: ${lockfile === undefined ? 'none' : visible(path.basename(lockfile.path))}; both read from ${from}.`);
  if (comparison.kind !== 'commits') return say(`Event ${event.name}: ${comparison.kind === 'nothing' ? 'nothing to look at' : 'every artifact is looked at'}, because ${comparison.reason}.`);
  if (scope.kind !== 'changes') return;
  const { changes } = scope;
  if (!changes.known) return say(`Event ${event.name}: it could not be told what changed: ${visible(changes.reason)}`);
  const since = comparison.base.slice(0, 12);
  say(changes.list.length === 0 ? `Event ${event.name}: nothing changed since ${since} (by ${changes.by}).` : `Event ${event.name}: ${changes.list.length} changed ${changes.list.length === 1 ? 'file' : 'files'} since ${since} (by ${changes.by}).`);
}

function reportFolder(inputs: ActionInputs, workspace: string, environment: ActionPorts['environment']): string {
  if (inputs.reportFolder !== undefined) return path.resolve(workspace, inputs.reportFolder);
  return path.join(filled(environment['RUNNER_TEMP']) ?? workspace, 'modelgate-report');
}

function fails(verdict: GateReport['verdict'], failOn: FailOn): boolean {
  if (failOn === 'never') return false;
  return verdict === 'fail' || (failOn === 'warn' && verdict === 'warn');
}

function sentenceOf(report: GateReport, scope: GateRequest['scope'], failOn: FailOn): string {
  const { verdict, coverage, findings, artifacts } = report;
  const count = artifacts.reduce((sum, one) => sum + one.findings.length, findings.length);
  const what = coverage.seen === 0 ? nothingSeen(scope) : `${coverage.scanned} of ${coverage.seen} artifacts scanned`;
  const left = verdict !== 'pass' && !fails(verdict, failOn) ? ` The step passes, because fail-on is ${failOn}.` : '';
  return `The verdict is ${verdict}: ${what}${count === 0 ? '' : `; ${count} ${count === 1 ? 'finding' : 'findings'}`}.${left}`;
}

/** A gate that looked at nothing says so, and why. */
function nothingSeen(scope: GateRequest['scope']): string {
  if (scope.kind === 'paths' || !scope.changes.known) return 'there is no artifact by the policy’s globs, so nothing was scanned';
  const changed = scope.changes.list.length;
  return changed === 0 ? 'nothing changed, so nothing was scanned' : `none of the ${changed} changed files is an artifact by the policy’s globs, so nothing was scanned`;
}

function asPrefix(relative: string): string {
  return relative === '' ? '' : `${relative.split(path.sep).join('/')}/`;
}

function filled(value: string | undefined): string | undefined {
  return value === undefined || value === '' ? undefined : value;
}
