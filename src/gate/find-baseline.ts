import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Digest } from '../artifacts/artifact.ts';
import { sha256OfFile } from '../artifacts/digest.ts';
import { indexOfPart } from '../artifacts/index-of-part.ts';
import { isInside } from '../artifacts/is-inside.ts';
import { detectors } from '../detectors/index.ts';
import { toGateError } from '../errors.ts';
import type { GateRequest } from '../gate-request.ts';
import type { BaselineReference } from '../inspection/inspection.ts';
import { approvedEntry } from '../provenance/approved-entry.ts';
import type { CollectedArtifact } from './collect.ts';
import { indexNamed } from './find-baseline/index-named.ts';
import type { IndexedBaselines } from './find-baseline/indexed-baselines.ts';
import { posixRelative, touchedFiles, trustedFile } from './find-baseline/trusted-file.ts';

export interface BaselineQuery {
  readonly artifact: CollectedArtifact;
  /** Of the artifact. */
  readonly digest: Digest;
  /** Absolute path of the version that the policy, the command line or the workflow names. */
  readonly named: string | undefined;
  readonly request: GateRequest;
  /** Of the whole run: every part of a model in several files asks for the same one. */
  readonly indexed: IndexedBaselines;
  readonly signal: AbortSignal;
}

export interface FoundBaseline {
  /** Undefined when no enabled detector compares. */
  readonly reference: BaselineReference | undefined;
  /** Removes what was written for it. */
  release(): Promise<void>;
}

const HOW_TO_GIVE_ONE =
  'Name the trusted earlier version as "baseline" in the policy’s models block, with --baseline or with the action’s input; ' +
  'without one, the version that the lockfile approves and the one before a change are looked for in git.';

/**
 * The trusted earlier version of an artifact: the one that was named, else the one that the lockfile approves, else the one
 * before the change under test. Whoever proposes the change chooses none of them: a named file that the change touches is
 * taken as it was before. What was meant to be there and cannot be had is a problem with a reason, never silence.
 */
export async function findBaseline(query: BaselineQuery): Promise<FoundBaseline> {
  const nothingToRemove = async (): Promise<void> => undefined;
  if (!isCompared(query.request)) return { reference: undefined, release: nothingToRemove };
  const folder = await mkdtemp(path.join(tmpdir(), 'modelgate-baseline-'));
  const release = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    return { reference: await find(query, path.join(folder, 'earlier-version')), release };
  } catch (thrown) {
    const { message, nextStep } = toGateError(thrown);
    return { reference: { kind: 'problem', reason: `The earlier version could not be had: ${message}${nextStep === undefined ? '' : ` ${nextStep}`}` }, release };
  }
}

function isCompared({ policy }: GateRequest): boolean {
  return policy.detectors.some(({ id }) => detectors.some(({ meta }) => meta.id === id && meta.needs.includes('baseline')));
}

async function find(query: BaselineQuery, to: string): Promise<BaselineReference> {
  const { artifact, digest, named, request } = query;
  const { earlier } = request;
  if (named !== undefined) return findNamed(query, named, to);

  const index = touchedIndexOf(query);
  if (index !== undefined && (await earlier?.save(index, to)) === true) return query.indexed.at(path.join(request.root, index));

  const approved = approvedEntry({ root: request.root, path: artifact.path, change: artifact.change, lockfile: request.lockfile });
  if (approved !== undefined) {
    const wanted = `sha256:${approved.entry.sha256}` as const;
    if (wanted === digest) return { kind: 'none', reason: 'The file is the very version that the lockfile approves, so there is nothing to compare it with.' };
    const commit = await earlier?.saveApproved(approved.path, wanted, approved.entry.size, to);
    if (commit !== undefined) return saved(query, to, `${approved.path} as the lockfile approves it, from commit ${commit.slice(0, 12)}`);
    if (earlier?.commit === undefined) {
      return {
        kind: 'problem',
        reason:
          `The version of ${approved.path} that the lockfile approves (${approved.entry.sha256.slice(0, 12)}) is not in this clone’s history, so the file could not be compared with it. ` +
          'Set "fetch-depth: 0" in the checkout step, or name the earlier version as baseline.',
      };
    }
  }

  if (earlier?.commit === undefined) return { kind: 'none', reason: `No earlier version is known. ${HOW_TO_GIVE_ONE}` };
  const before = artifact.change?.previousPath ?? artifact.path;
  if (!(await earlier.save(before, to))) return { kind: 'none', reason: `There was no ${before} at commit ${earlier.commit.slice(0, 12)}: the file is new. ${HOW_TO_GIVE_ONE}` };
  return saved(query, to, `${before} at commit ${earlier.commit.slice(0, 12)}, which the change starts from`);
}

async function findNamed(query: BaselineQuery, named: string, to: string): Promise<BaselineReference> {
  const { request, signal } = query;
  const index = await indexNamed(named);
  if (index !== undefined) return query.indexed.at(index);
  const found = await trustedFile(named, request, to);
  if ('reason' in found) return { kind: 'problem', reason: found.reason };
  if (found.commit !== undefined) return saved(query, found.file, found.description);
  const { digest, size } = await sha256OfFile(found.file, { signal, path: found.shown });
  const inRoot = isInside(request.root, named) ? posixRelative(request.root, named) : undefined;
  const folder = path.posix.dirname(inRoot ?? '');
  const refused = inRoot === undefined ? [] : [...touchedFiles(request)].map((file) => path.posix.relative(folder, file)).filter((file) => !file.startsWith('../'));
  return { kind: 'file', file: found.file, digest, size, description: found.description, hasCompanions: true, refusedCompanions: refused };
}

/**
 * The index as the root knows it, of a part of a model in several files whose index the change touches: the tensors may lie elsewhere
 * than before, so that the part is compared with the whole.
 */
function touchedIndexOf({ artifact, request }: BaselineQuery): string | undefined {
  const index = indexOfPart(artifact.path);
  return index !== undefined && touchedFiles(request).has(index) ? index : undefined;
}

async function saved({ signal }: BaselineQuery, file: string, description: string): Promise<BaselineReference> {
  const { digest, size } = await sha256OfFile(file, { signal, path: 'the earlier version' });
  return { kind: 'file', file, digest, size, description, hasCompanions: false, refusedCompanions: [] };
}
