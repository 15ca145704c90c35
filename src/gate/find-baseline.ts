import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Digest } from '../artifacts/artifact.ts';
import { sha256OfFile } from '../artifacts/digest.ts';
import { isInside } from '../artifacts/is-inside.ts';
import { detectors } from '../detectors/index.ts';
import { toGateError } from '../errors.ts';
import type { GateRequest } from '../gate-request.ts';
import type { BaselineReference } from '../inspection/inspection.ts';
import { approvedEntry } from '../provenance/approved-entry.ts';
import type { CollectedArtifact } from './collect.ts';
import { readPointer } from './read-pointer.ts';

export interface BaselineQuery {
  readonly artifact: CollectedArtifact;
  /** Of the artifact. */
  readonly digest: Digest;
  /** Absolute path of the version that the policy, the command line or the workflow names. */
  readonly named: string | undefined;
  readonly request: GateRequest;
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
  const untrusted = await untrustedPath(named, request);
  if (untrusted !== undefined) {
    if (request.earlier?.commit === undefined) {
      return { kind: 'problem', reason: `The baseline ${untrusted} may be part of the change under test, and how it was before is not known, so it is not trusted.` };
    }
    if (!(await request.earlier.save(untrusted, to))) {
      return { kind: 'problem', reason: `The baseline ${untrusted} is brought by the change under test itself, so it is not trusted.` };
    }
    return saved(query, to, `${untrusted} as named, at commit ${request.earlier.commit.slice(0, 12)}, because the change under test may touch it`);
  }
  const inRoot = isInside(request.root, named) ? posixRelative(request.root, named) : undefined;
  const shown = inRoot ?? path.basename(named);
  if ((await readPointer(named, shown)) !== undefined) {
    return { kind: 'problem', reason: `The baseline ${shown} is a Git LFS pointer, and the file itself is not there. Check out with LFS files (actions/checkout: lfs: true).` };
  }
  const { digest, size } = await sha256OfFile(named, { signal, path: shown });
  const folder = path.posix.dirname(inRoot ?? '');
  const refused = inRoot === undefined ? [] : [...touchedFiles(request)].map((file) => path.posix.relative(folder, file)).filter((file) => !file.startsWith('../'));
  return { kind: 'file', file: named, digest, size, description: `${shown} as named`, hasCompanions: true, refusedCompanions: refused };
}

async function saved({ signal }: BaselineQuery, file: string, description: string): Promise<BaselineReference> {
  const { digest, size } = await sha256OfFile(file, { signal, path: 'the earlier version' });
  return { kind: 'file', file, digest, size, description, hasCompanions: false, refusedCompanions: [] };
}

/**
 * The named file's path relative to the root when what is on disk may be the change's own: the change touches the file, a
 * link on the way to it or what the link leads to, or it cannot be told. Undefined where the file on disk is trusted.
 */
async function untrustedPath(named: string, request: GateRequest): Promise<string | undefined> {
  const { root, changes, earlier } = request;
  if (changes === undefined) return undefined;
  const realRoot = await realpath(root);
  const real = await realpath(named).catch(() => named);
  for (const [from, file] of [[root, named], [realRoot, real]] as const) {
    const relative = posixRelative(from, file);
    if (isInside(from, file)) {
      if (!changes.known || isTouched(relative, touchedFiles(request))) return relative;
    } else if (earlier?.repository !== undefined && isInside(earlier.repository, file)) {
      // Changes are listed below the root only.
      return relative;
    }
  }
  return undefined;
}

function isTouched(file: string, touched: ReadonlySet<string>): boolean {
  const parts = file.split('/');
  return parts.some((_, count) => touched.has(parts.slice(0, count + 1).join('/')));
}

function touchedFiles({ changes }: GateRequest): ReadonlySet<string> {
  if (changes?.known !== true) return new Set();
  return new Set(changes.list.flatMap((one) => [one.path, ...(one.previousPath === undefined ? [] : [one.previousPath])]));
}

function posixRelative(from: string, file: string): string {
  return path.relative(from, file).split(path.sep).join('/');
}
