import { describe, expect, it } from 'vitest';
import { changesByApi, type ApiFile, type ChangesClient } from '../../src/artifacts/changes-by-api.ts';

const BASE = 'b'.repeat(40);
const HEAD = 'h'.repeat(40);

interface Server {
  readonly compared?: readonly ApiFile[] | undefined;
  readonly mergeBase?: string;
  readonly listed?: readonly ApiFile[];
  readonly changedFiles?: number;
  /** The pull request's head at each request for it; the last one stays. */
  readonly heads?: readonly string[];
}

/** GitHub's behaviour in memory: pages of 100, lists cut at the documented caps. */
function clientOf(server: Server): { client: ChangesClient; calls: string[] } {
  const calls: string[] = [];
  const heads = [...(server.heads ?? [HEAD])];
  const client: ChangesClient = {
    async getPullRequest() {
      calls.push('pull');
      const head = heads.length > 1 ? heads.shift() : heads[0];
      return { head: head ?? '', changedFiles: server.changedFiles ?? server.listed?.length ?? 0 };
    },
    async listPullRequestFiles(_pull, page) {
      calls.push(`files ${page}`);
      return (server.listed ?? []).slice(0, 3000).slice((page - 1) * 100, page * 100);
    },
    async compareCommits(_base, _head, page) {
      calls.push(`compare ${page}`);
      return { mergeBase: server.mergeBase ?? BASE, files: server.compared?.slice(0, 300) };
    },
  };
  return { client, calls };
}

const many = (count: number): ApiFile[] => Array.from({ length: count }, (_, index) => ({ filename: `m/${index}.onnx`, status: 'added' }));

describe('changesByApi', () => {
  it('translates every status GitHub documents', async () => {
    const { client } = clientOf({
      compared: [
        { filename: 'a', status: 'added' },
        { filename: 'b', status: 'modified' },
        { filename: 'c', status: 'removed' },
        { filename: 'd', status: 'renamed', previous_filename: 'old' },
        { filename: 'e', status: 'copied', previous_filename: 'a' },
        { filename: 'f', status: 'changed' },
        { filename: 'g', status: 'unchanged' },
      ],
    });

    expect(await changesByApi({ client, base: BASE, head: HEAD })).toEqual({
      known: true,
      by: 'api',
      list: [
        { path: 'a', kind: 'added' },
        { path: 'b', kind: 'modified' },
        { path: 'c', kind: 'deleted' },
        { path: 'd', kind: 'renamed', previousPath: 'old' },
        { path: 'e', kind: 'added' },
        { path: 'f', kind: 'modified' },
      ],
    });
  });

  it('could not tell for a status it does not know', async () => {
    const { client } = clientOf({ compared: [{ filename: 'a', status: 'teleported' }] });

    expect(await changesByApi({ client, base: BASE, head: HEAD })).toEqual({
      known: false,
      reason: 'GitHub reports the status "teleported" for a, which modelgate does not know.',
    });
  });

  it('asks for the comparison alone while it is complete', async () => {
    const { client, calls } = clientOf({ compared: many(299), listed: many(299) });
    const changes = await changesByApi({ client, base: BASE, head: HEAD, pull: 7 });

    expect(changes.known && changes.list.length).toBe(299);
    expect(calls).toEqual(['compare 1']);
  });

  it.each([300, 301, 3000])('pages through the pull request when %d files changed, more than a comparison shows', async (count) => {
    const { client } = clientOf({ compared: many(count), listed: many(count) });
    const changes = await changesByApi({ client, base: BASE, head: HEAD, pull: 7 });

    expect(changes.known && changes.list.length).toBe(count);
  });

  it('could not tell beyond the caps, instead of listing a part', async () => {
    const beyond = clientOf({ compared: many(3001), listed: many(3001) });
    const push = clientOf({ compared: many(300) });

    expect(await changesByApi({ client: beyond.client, base: BASE, head: HEAD, pull: 7 })).toEqual({
      known: false,
      reason: 'The pull request changes 3001 files, and GitHub lists 3000 at most; set "fetch-depth: 0" in the checkout step.',
    });
    expect(await changesByApi({ client: push.client, base: BASE, head: HEAD })).toMatchObject({ known: false, reason: expect.stringContaining('300 or more files changed') });
  });

  it('could not tell when GitHub lists fewer files than it counts', async () => {
    const { client } = clientOf({ compared: many(300), listed: many(310), changedFiles: 400 });

    expect(await changesByApi({ client, base: BASE, head: HEAD, pull: 7 })).toEqual({
      known: false,
      reason: 'GitHub listed 310 of the 400 files that the pull request changes.',
    });
  });

  it.each([
    ['before', ['x'.repeat(40)]],
    ['while', [HEAD, 'x'.repeat(40)]],
  ])('does not take the list of another commit, pushed %s it was read', async (_, heads) => {
    const { client } = clientOf({ compared: many(300), listed: many(310), heads });

    expect(await changesByApi({ client, base: BASE, head: HEAD, pull: 7 })).toMatchObject({ known: false, reason: expect.stringContaining('newer commit') });
  });

  it('compares a push only with an ancestor, because GitHub starts at the merge base', async () => {
    const forced = clientOf({ compared: many(1), mergeBase: 'm'.repeat(40) });
    const plain = clientOf({ compared: many(1) });
    const request = { base: BASE, head: HEAD, comparison: 'direct' as const };

    expect(await changesByApi({ ...request, client: forced.client })).toMatchObject({ known: false, reason: expect.stringContaining('forced push') });
    expect(await changesByApi({ ...request, client: plain.client })).toMatchObject({ known: true });
    expect(await changesByApi({ ...request, client: forced.client, comparison: 'merge-base' })).toMatchObject({ known: true });
  });

  it('could not tell for a new branch, a comparison without files, or a refused request', async () => {
    const zero = clientOf({ compared: [] });
    const none = clientOf({ compared: undefined });
    const refused: ChangesClient = { ...zero.client, compareCommits: async () => Promise.reject(new Error('Resource not accessible by integration')) };

    expect(await changesByApi({ client: zero.client, base: '0'.repeat(40), head: HEAD })).toMatchObject({ known: false, reason: expect.stringContaining('all zeros') });
    expect(zero.calls).toEqual([]);
    expect(await changesByApi({ client: none.client, base: BASE, head: HEAD })).toMatchObject({ known: false });
    expect(await changesByApi({ client: refused, base: BASE, head: HEAD })).toEqual({
      known: false,
      reason: 'GitHub’s API did not say what changed: Resource not accessible by integration',
    });
  });

  it('tells an empty comparison from an unknown one', async () => {
    expect(await changesByApi({ client: clientOf({ compared: [] }).client, base: BASE, head: HEAD })).toEqual({ known: true, by: 'api', list: [] });
  });

  it('gives paths relative to a folder, with renames over its border as additions and deletions', async () => {
    const { client } = clientOf({
      compared: [
        { filename: 'ml/a', status: 'modified' },
        { filename: 'mlx/b', status: 'modified' },
        { filename: 'ml/in', status: 'renamed', previous_filename: 'out' },
        { filename: 'out', status: 'renamed', previous_filename: 'ml/was' },
        { filename: 'ml/to', status: 'renamed', previous_filename: 'ml/from' },
      ],
    });

    for (const folder of ['ml', 'ml/']) {
      expect(await changesByApi({ client, base: BASE, head: HEAD, folder })).toMatchObject({
        list: [
          { path: 'a', kind: 'modified' },
          { path: 'in', kind: 'added' },
          { path: 'was', kind: 'deleted' },
          { path: 'to', kind: 'renamed', previousPath: 'from' },
        ],
      });
    }
  });
});
