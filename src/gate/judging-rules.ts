import path from 'node:path';
import { detectors } from '../detectors/index.ts';
import { GateError } from '../errors.ts';
import type { GateRequest } from '../gate-request.ts';
import { DEFAULT_POLICY_FILES } from '../policy/default-policy-files.ts';
import { loadPolicy } from '../policy/load-policy.ts';
import type { ResolvedPolicy } from '../policy/policy.ts';
import { READY_POLICIES } from '../policy/ready-policies.ts';
import { readLockfile } from '../provenance/read-lockfile.ts';
import { diskFiles, type JudgingFiles } from './judging-files.ts';
import { isInside } from '../artifacts/is-inside.ts';

/** Taken where nobody names a policy and the repository has none. */
const DEFAULT_POLICY = 'recommended';

export interface JudgingRules {
  readonly policy: ResolvedPolicy;
  readonly lockfile: GateRequest['lockfile'];
  readonly ignoredHeadChanges: GateRequest['ignoredHeadChanges'];
}

export interface JudgingRulesRequest {
  readonly root: string;
  /** The checkout. What a workflow names outside of it (an absolute path) is not part of the change. */
  readonly workspace: string;
  readonly policy: string | undefined;
  readonly lockfile: string | undefined;
  /** The base commit's in a pull request, else those on disk. */
  readonly files: JudgingFiles;
}

/** Reads policy and lockfile from where they can be trusted, and says what the head would have changed about them. */
export async function readJudgingRules(request: JudgingRulesRequest): Promise<JudgingRules> {
  const policy = await readPolicy(request);
  const ofPolicy = await request.files.ignoredChanges();
  const lockfile = await readLock(request, policy.trustedSource.lockfile);
  const ofBoth = await request.files.ignoredChanges();
  return {
    policy,
    lockfile,
    ignoredHeadChanges: ofBoth.map((file) => ({ file, kind: ofPolicy.includes(file) ? ('policy' as const) : ('lockfile' as const) })),
  };
}

async function readPolicy(request: JudgingRulesRequest): Promise<ResolvedPolicy> {
  const { policy: named } = request;
  if (named !== undefined && Object.hasOwn(READY_POLICIES, named)) return builtIn(named, request.files);
  if (named !== undefined) {
    const { file, files } = placeOf(request, named);
    const text = await files.read(file);
    if (text !== undefined) return fromFile(file, text, files);
    throw new GateError({
      code: 'policy/not-found',
      message: `There is no policy "${named}"${files.place === 'commit' ? ' in the commit that policies are read from' : ''}.`,
      where: { field: 'policy' },
      nextStep: `${files.place === 'commit' ? 'Merge the policy first (in a pull request it is read from the base commit)' : 'Check the path'}, or name a ready one: ${Object.keys(READY_POLICIES).join(', ')}.`,
    });
  }
  for (const file of DEFAULT_POLICY_FILES) {
    const text = await request.files.read(file);
    if (text !== undefined) return fromFile(file, text, request.files);
  }
  return builtIn(DEFAULT_POLICY, request.files);
}

function builtIn(id: string, files: JudgingFiles): Promise<ResolvedPolicy> {
  return loadPolicy({ source: { kind: 'built-in', id }, readFile: (file) => files.read(file), detectors });
}

/** Paths in a policy are relative to the root; a policy above or outside of it has its own folder for that. */
function fromFile(file: string, text: string, files: JudgingFiles): Promise<ResolvedPolicy> {
  const isBelowRoot = !path.isAbsolute(file) && !file.startsWith('../');
  const folder = isBelowRoot ? '.' : path.posix.dirname(file);
  return loadPolicy({
    source: { kind: 'file', path: isBelowRoot ? file : path.posix.basename(file), text },
    readFile: (relative) => files.read(path.posix.join(folder, relative)),
    detectors,
  });
}

async function readLock(request: JudgingRulesRequest, fromPolicy: string): Promise<GateRequest['lockfile']> {
  const { file, files } = placeOf(request, request.lockfile ?? fromPolicy);
  const text = await files.read(file);
  if (text !== undefined) return { path: path.resolve(request.root, file), content: readLockfile(text, file) };
  if (request.lockfile === undefined) return undefined;
  const isCommit = files.place === 'commit';
  throw new GateError({
    code: 'lockfile/not-found',
    message: `There is no lockfile "${request.lockfile}"${isCommit ? ' in the commit that lockfiles are read from' : ''}.`,
    where: { field: 'lockfile' },
    nextStep: isCommit ? 'Write one with "modelgate lock" and merge it first: in a pull request it is read from the base commit.' : 'Check the path, or write one with "modelgate lock".',
  });
}

/** A file outside of the checkout was put there by the workflow, which the change under test has no part in. */
function placeOf(request: JudgingRulesRequest, given: string): { readonly file: string; readonly files: JudgingFiles } {
  const absolute = path.resolve(request.root, given);
  if (!isInside(request.workspace, absolute)) return { file: absolute.split(path.sep).join('/'), files: diskFiles(request.root) };
  return { file: path.relative(request.root, absolute).split(path.sep).join('/'), files: request.files };
}
