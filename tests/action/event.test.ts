import { describe, expect, it } from 'vitest';
import { readEvent } from '../../src/action/event.ts';

const a = 'a'.repeat(40);
const b = 'b'.repeat(40);
const merge = 'c'.repeat(40);
const zero = '0'.repeat(40);

describe('readEvent', () => {
  it.each(['pull_request', 'pull_request_target'])('compares base and head of a %s and trusts the base', (name) => {
    const payload = { pull_request: { number: 7, base: { sha: a }, head: { sha: b } } };

    expect(readEvent({ name, sha: merge, payload })).toEqual({
      name,
      sha: merge,
      comparison: { kind: 'commits', base: a, head: b, pullRequest: 7 },
      trustedCommit: a,
      isPrivileged: name === 'pull_request_target',
    });
  });

  it('compares the two commits of a merge group and trusts the base', () => {
    expect(readEvent({ name: 'merge_group', sha: b, payload: { merge_group: { base_sha: a, head_sha: b } } })).toMatchObject({
      comparison: { kind: 'commits', base: a, head: b },
      trustedCommit: a,
      isPrivileged: false,
    });
  });

  it('compares before and after of a push and trusts the commit itself', () => {
    const event = readEvent({ name: 'push', sha: b, payload: { before: a, after: b } });

    expect(event.comparison).toEqual({ kind: 'commits', base: a, head: b });
    expect(event.trustedCommit).toBeUndefined();
  });

  it('takes everything as new when a push creates a branch', () => {
    expect(readEvent({ name: 'push', sha: b, payload: { before: zero, after: b, created: true } }).comparison.kind).toBe('everything');
  });

  it('has nothing to look at when a push deletes a branch', () => {
    expect(readEvent({ name: 'push', sha: a, payload: { before: b, after: zero, deleted: true } }).comparison.kind).toBe('nothing');
  });

  it.each(['workflow_dispatch', 'schedule', 'release'])('looks at everything under %s', (name) => {
    expect(readEvent({ name, sha: a, payload: {} })).toMatchObject({ comparison: { kind: 'everything' }, trustedCommit: undefined, isPrivileged: false });
  });

  it.each(['workflow_run', 'issue_comment'])('trusts only the default branch’s commit under %s, which holds secrets', (name) => {
    expect(readEvent({ name, sha: a, payload: {} })).toMatchObject({ trustedCommit: a, isPrivileged: true });
  });

  it.each<[string, string, unknown]>([
    ['a payload without the pull request', 'pull_request', {}],
    ['a payload that is no object', 'pull_request', null],
    ['an abbreviated commit', 'push', { before: 'abc1234', after: b }],
    ['something that git would take for an option', 'merge_group', { merge_group: { base_sha: '--output=x', head_sha: b } }],
    ['a commit in upper case', 'push', { before: a.toUpperCase(), after: b }],
  ])('refuses %s', (_what, name, payload) => {
    expect(() => readEvent({ name, sha: merge, payload })).toThrow(expect.objectContaining({ code: 'changes/unknown' }));
  });

  it('refuses a run without GITHUB_SHA', () => {
    expect(() => readEvent({ name: 'push', sha: '', payload: { before: a, after: b } })).toThrow(/GITHUB_SHA/);
  });
});
