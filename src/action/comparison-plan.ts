import { GateError } from '../errors.ts';
import { resolveCommit } from '../artifacts/resolve-commit.ts';
import type { GateEvent } from './event.ts';
import type { ActionInputs } from './inputs.ts';
import { parentsOf, type Repository } from './repository.ts';

/** What is compared with what, after the event, the checkout and the inputs have had their say. */
export interface Plan {
  readonly comparison:
    | { readonly kind: 'everything'; readonly reason: string }
    | { readonly kind: 'nothing'; readonly reason: string }
    | {
        readonly kind: 'commits';
        readonly base: string;
        /** The head as GitHub's API knows it; git compares with what is checked out. */
        readonly apiHead: string;
        /** For git. `direct`: base's tree with head's. `merge-base`: what head brings since it left base. */
        readonly how: 'direct' | 'merge-base';
        /** For the API, which compares with the head itself, not with the merge commit. */
        readonly apiHow: 'direct' | 'merge-base';
        readonly pullRequest?: number;
        /** Why the files on disk are not the ones the event is about; then nothing can be said of the change. */
        readonly mismatch?: string;
      };
  /** Where policy and lockfile are read from; undefined: from the files on disk, which are trusted. */
  readonly trustedCommit: string | undefined;
}

export async function planComparison(event: GateEvent, inputs: ActionInputs, repository: Repository | undefined): Promise<Plan> {
  const named = await namedBase(inputs, repository);
  const merged = await mergeCommitBase(event, repository);
  const trustedCommit = event.trustedCommit === undefined ? undefined : (named ?? merged ?? event.trustedCommit);

  if (inputs.scope === 'all') return { comparison: { kind: 'everything', reason: '`scope: all` asks for it' }, trustedCommit };
  const { comparison } = event;
  if (comparison.kind !== 'commits' && named === undefined) {
    if (inputs.scope === 'changed' && comparison.kind === 'everything') {
      throw new GateError({
        code: 'arguments/invalid',
        message: `\`scope: changed\` needs two commits, but ${comparison.reason}.`,
        where: { field: 'scope' },
        nextStep: 'Give the commit to compare with as `base`, or use `scope: auto`.',
      });
    }
    return { comparison, trustedCommit };
  }

  const eventHead = comparison.kind === 'commits' ? comparison.head : event.sha;
  const mismatch = await findMismatch(event, eventHead, inputs, repository);
  return {
    comparison: {
      kind: 'commits',
      base: named ?? merged ?? (comparison.kind === 'commits' ? comparison.base : event.sha),
      apiHead: eventHead,
      // A merge commit holds its base, and a push replaces one state by another: their trees are the comparison. The
      // head of a pull request may have left its base long ago: only what it did since then is its own.
      how: named === undefined && (merged !== undefined || !isPullRequest(event)) ? 'direct' : 'merge-base',
      apiHow: named === undefined && !isPullRequest(event) ? 'direct' : 'merge-base',
      ...(comparison.kind === 'commits' && comparison.pullRequest !== undefined ? { pullRequest: comparison.pullRequest } : {}),
      ...(mismatch === undefined ? {} : { mismatch }),
    },
    trustedCommit,
  };
}

const isPullRequest = (event: GateEvent): boolean => event.name === 'pull_request' || event.name === 'pull_request_target';

async function namedBase(inputs: ActionInputs, repository: Repository | undefined): Promise<string | undefined> {
  if (inputs.base === undefined) return undefined;
  const resolved = repository === undefined ? undefined : await resolveCommit(repository, inputs.base);
  if (resolved?.isFound === true) return resolved.commit;
  // A full id needs no clone: the API knows it too.
  if (/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(inputs.base)) return inputs.base;
  throw new GateError({
    code: 'arguments/invalid',
    message: `The input \`base\` is "${inputs.base}", which is no commit here. ${resolved?.reason ?? 'There is no git repository here.'}`,
    where: { field: 'base' },
    nextStep: 'Give the full id of a commit, or set "fetch-depth: 0" in the checkout step.',
  });
}

/**
 * In a pull request GitHub checks out a merge of the head into the base as it is now; the base in the event may be older
 * than that. The first parent of that merge is the base the head is really merged with. Only GitHub writes GITHUB_SHA,
 * so nobody else can choose that parent.
 */
async function mergeCommitBase(event: GateEvent, repository: Repository | undefined): Promise<string | undefined> {
  if (event.name !== 'pull_request' || event.comparison.kind !== 'commits') return undefined;
  if (repository === undefined || repository.checkedOut !== event.sha) return undefined;
  const [first, second, ...more] = await parentsOf(repository, event.sha);
  return more.length === 0 && second === event.comparison.head ? first : undefined;
}

/** The gate reads the files on disk: it can say nothing of a change that is not checked out. */
async function findMismatch(event: GateEvent, eventHead: string, inputs: ActionInputs, repository: Repository | undefined): Promise<string | undefined> {
  if (repository === undefined) {
    // Without git nobody can say what is on disk; in pull_request_target the default is not what is to be tested.
    return event.name === 'pull_request_target' ? 'Without a git repository it is not known which commit is checked out.' : undefined;
  }
  const { checkedOut } = repository;
  if (inputs.head !== undefined) {
    const head = await resolveCommit(repository, inputs.head);
    if (head.isFound && head.commit === checkedOut) return undefined;
    throw new GateError({
      code: 'arguments/invalid',
      message: `The input \`head\` is "${inputs.head}", but ${checkedOut.slice(0, 12)} is checked out, and that is what is scanned.`,
      where: { field: 'head' },
      nextStep: 'Check out the commit that is to be tested (`ref` of actions/checkout), or leave `head` out.',
    });
  }
  // GITHUB_SHA is what is under test, but for pull_request_target, where it is the branch that is merged into.
  const tested = event.name === 'pull_request_target' ? [eventHead] : [eventHead, event.sha];
  if (tested.includes(checkedOut)) return undefined;
  return (
    `The commit ${checkedOut.slice(0, 12)} is checked out, which is not the one the event ${event.name} is about (${eventHead.slice(0, 12)}); ` +
    'check that one out, or name what you checked out as `head`.'
  );
}
