import { GateError } from '../errors.ts';

/** What is compared. `everything`: there is no earlier commit to compare with, so every artifact counts as new. */
export type Comparison =
  | {
      readonly kind: 'commits';
      readonly base: string;
      readonly head: string;
      /** Set in a pull request: its list of files can be asked for by number. */
      readonly pullRequest?: number;
    }
  | { readonly kind: 'everything'; readonly reason: string }
  | { readonly kind: 'nothing'; readonly reason: string };

/** What the gate needs of the event that started the workflow. */
export interface GateEvent {
  readonly name: string;
  /** Commit of GITHUB_SHA: the merge commit in a pull request, the base branch's in pull_request_target. */
  readonly sha: string;
  readonly comparison: Comparison;
  /**
   * The commit that policy and lockfile are read from because whoever proposes the change must not choose the rule it is
   * judged by; undefined where the commit itself is already trusted (push, manual and scheduled runs).
   */
  readonly trustedCommit: string | undefined;
  /** The job may hold secrets and a write token while the files under test may be anybody's. */
  readonly isPrivileged: boolean;
}

/**
 * Events that anybody can trigger and that run with the repository's secrets
 * (https://securitylab.github.com/resources/github-actions-preventing-pwn-requests).
 */
const PRIVILEGED_EVENTS = ['pull_request_target', 'workflow_run', 'issue_comment'];

/** SHA-1 or SHA-256 object id, in full: nothing else is ever handed to git or put into a URL. */
const OBJECT_ID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** Reads the event from what the runner gives: GITHUB_EVENT_NAME, GITHUB_SHA and the payload of GITHUB_EVENT_PATH. */
export function readEvent(given: { readonly name: string; readonly sha: string; readonly payload: unknown }): GateEvent {
  const { name, payload } = given;
  const sha = objectId(given.sha, 'GITHUB_SHA', name);
  const common = { name, sha, isPrivileged: PRIVILEGED_EVENTS.includes(name) };

  switch (name) {
    case 'pull_request':
    case 'pull_request_target': {
      const base = objectId(member(payload, 'pull_request', 'base', 'sha'), 'pull_request.base.sha', name);
      const head = objectId(member(payload, 'pull_request', 'head', 'sha'), 'pull_request.head.sha', name);
      const number = member(payload, 'pull_request', 'number');
      const pullRequest = typeof number === 'number' && Number.isSafeInteger(number) && number > 0 ? { pullRequest: number } : {};
      return { ...common, comparison: { kind: 'commits', base, head, ...pullRequest }, trustedCommit: base };
    }
    case 'merge_group': {
      const base = objectId(member(payload, 'merge_group', 'base_sha'), 'merge_group.base_sha', name);
      const head = objectId(member(payload, 'merge_group', 'head_sha'), 'merge_group.head_sha', name);
      return { ...common, comparison: { kind: 'commits', base, head }, trustedCommit: base };
    }
    case 'push':
      return { ...common, comparison: ofPush(payload), trustedCommit: undefined };
    default:
      return {
        ...common,
        comparison: { kind: 'everything', reason: `the event ${name} compares no commits` },
        // The files on disk may be a pull request's (a checkout by hand); GITHUB_SHA is always the default branch here.
        trustedCommit: common.isPrivileged ? sha : undefined,
      };
  }
}

function ofPush(payload: unknown): Comparison {
  if (member(payload, 'deleted') === true) return { kind: 'nothing', reason: 'the push deletes a branch or a tag' };
  const before = objectId(member(payload, 'before'), 'before', 'push');
  const after = objectId(member(payload, 'after'), 'after', 'push');
  // GitHub writes "no commit" as zeros: a new branch or tag has no earlier state, so all of it is new.
  if (/^0+$/.test(before)) return { kind: 'everything', reason: 'the push creates a branch or a tag' };
  return { kind: 'commits', base: before, head: after };
}

function objectId(value: unknown, field: string, event: string): string {
  if (typeof value === 'string' && OBJECT_ID.test(value)) return value;
  throw new GateError({
    code: 'changes/unknown',
    message: `The ${event} event holds no commit at ${field}.`,
    where: { field },
    nextStep: 'Run the action in a GitHub workflow; outside of one, use the command line: modelgate scan --changed BASE..HEAD.',
  });
}

function member(value: unknown, ...keys: readonly string[]): unknown {
  return keys.reduce<unknown>(
    (holder, key) => (typeof holder === 'object' && holder !== null && Object.hasOwn(holder, key) ? (holder as Record<string, unknown>)[key] : undefined),
    value,
  );
}
