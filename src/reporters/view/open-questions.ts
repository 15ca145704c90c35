import type { ArtifactReport, Finding, GateReport, Outcome, Verdict } from '../../report.ts';
import { evidenceOf, findingEvidence } from './evidence.ts';
import { compare } from './finding-view.ts';

/**
 * One thing that could not be told (or does not apply) with one reason, for all artifacts that share it: twenty-two
 * models without samples are one question, not twenty-two.
 */
export interface OpenQuestion {
  /** Detector ids, `trusted-source`, the code of the error that stopped everything, or the rule of a finding that stands alone. */
  readonly checks: readonly string[];
  readonly outcome: Exclude<Outcome, 'clear' | 'flagged'>;
  /** What the policy made of it: the verdict of its finding, or pass when there is none. */
  readonly verdict: Verdict;
  readonly reason: string;
  readonly nextStep: string | undefined;
  /** Empty when it is about the run as a whole. */
  readonly paths: readonly string[];
}

type Entry = Omit<OpenQuestion, 'checks' | 'paths'> & { readonly what: string };

/** A Git LFS pointer that nobody approved, in place of the file. */
const POINTER = 'trusted-source/unresolved-pointer';

const VERDICTS: readonly Verdict[] = ['fail', 'warn', 'pass'];

/** What weighs most first; then in the order of the artifacts. */
export function openQuestions(report: GateReport): OpenQuestion[] {
  const groups = new Map<string, Entry & { readonly paths: string[] }>();
  const add = (entry: Entry, path: string | undefined): void => {
    const key = JSON.stringify([entry.what, entry.outcome, entry.verdict, entry.reason, entry.nextStep]);
    const group = groups.get(key) ?? { ...entry, paths: [] };
    if (path !== undefined) group.paths.push(path);
    groups.set(key, group);
  };
  for (const finding of report.findings) {
    if (findingEvidence(finding) === 'untold') add(alone(finding), undefined);
  }
  for (const artifact of [...report.artifacts].sort((a, b) => compare(a.path, b.path))) {
    for (const entry of questionsAbout(artifact)) add(entry, artifact.path);
  }
  return merged([...groups.values()]).sort((a, b) => VERDICTS.indexOf(a.verdict) - VERDICTS.indexOf(b.verdict));
}

/** Checks that are open for one reason and the same artifacts are one question too. */
function merged(groups: readonly (Entry & { readonly paths: readonly string[] })[]): OpenQuestion[] {
  const questions = new Map<string, OpenQuestion & { readonly checks: string[] }>();
  for (const { what, ...rest } of groups) {
    const key = JSON.stringify([rest.outcome, rest.verdict, rest.reason, rest.nextStep, rest.paths]);
    const question = questions.get(key) ?? { ...rest, checks: [] };
    question.checks.push(what);
    questions.set(key, question);
  }
  return [...questions.values()];
}

/** The outcomes that are open, each joined with the finding the policy made of it, and findings that are left over. */
function questionsAbout(artifact: ArtifactReport): Entry[] {
  const left = new Set(artifact.findings.filter((finding) => findingEvidence(finding) === 'untold'));
  const take = (matches: (finding: Finding) => boolean): Finding | undefined => {
    const finding = [...left].find(matches);
    if (finding !== undefined) left.delete(finding);
    return finding;
  };
  const entries: Entry[] = [];
  const { error, provenance } = artifact;
  let isPointerSaid = false;
  if (evidenceOf(provenance.outcome) === 'untold') {
    const finding = take(({ rule, detector }) => detector === undefined && (rule === POINTER || rule === 'gate/source-unknown'));
    isPointerSaid = finding?.rule === POINTER;
    const reason = isPointerSaid && finding !== undefined ? finding.text : provenance.text;
    // Bytes that cannot be read cannot be compared either: the artifact's own error says that.
    const isSaid = provenance.outcome === 'error' && error !== undefined && finding === undefined;
    if (!isSaid) entries.push(joined('trusted-source', outcomeOf(provenance.outcome), reason, undefined, finding));
  }
  const lockless = take((one) => one.rule === 'trusted-source/no-lockfile');
  // The finding names its artifact; the lockfile is missing for all of them, which is one question.
  if (lockless !== undefined) entries.push(joined('trusted-source', 'inconclusive', 'There is no lockfile to compare with.', undefined, lockless));
  if (error !== undefined) {
    const finding = take((one) => one.detector === undefined && one.rule.startsWith('gate/'));
    // That the file is not there was the answer about its source already.
    if (finding !== undefined || !isPointerSaid) entries.push(joined(error.code, 'error', error.message, error.nextStep, finding));
  }
  for (const result of artifact.results) {
    if (result.outcome === 'clear' || result.outcome === 'flagged') continue;
    const finding = take((one) => one.detector === result.detector);
    // What follows from the artifact being unreadable is said once, by the artifact's own error.
    if (finding === undefined && error !== undefined && result.error?.code === error.code) continue;
    // "Does not apply" is an open question only when the policy minds.
    const outcome = result.outcome === 'not-applicable' && finding !== undefined ? 'inconclusive' : result.outcome;
    entries.push(joined(result.detector, outcome, result.error?.message ?? result.reason ?? 'No reason was given.', result.error?.nextStep, finding));
  }
  return [...entries, ...[...left].map(alone)];
}

function joined(what: string, outcome: Entry['outcome'], reason: string, nextStep: string | undefined, finding: Finding | undefined): Entry {
  return { what, outcome, reason, nextStep: nextStep ?? finding?.nextStep, verdict: finding?.verdict ?? 'pass' };
}

function alone(finding: Finding): Entry {
  return { what: finding.detector ?? finding.rule, outcome: 'inconclusive', reason: finding.text, nextStep: finding.nextStep, verdict: finding.verdict };
}

function outcomeOf(outcome: Outcome): Entry['outcome'] {
  return outcome === 'error' ? 'error' : 'inconclusive';
}
