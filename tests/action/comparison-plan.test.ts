import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planComparison } from '../../src/action/comparison-plan.ts';
import { readEvent, type GateEvent } from '../../src/action/event.ts';
import { readInputs, type ActionInputs } from '../../src/action/inputs.ts';
import { openRepository, type Repository } from '../../src/action/repository.ts';
import { gitRepository, type GitRepository } from '../support/git-repository.ts';

let checkout: GitRepository;
let commits: { readonly old: string; readonly base: string; readonly head: string; readonly merge: string };

/** main: old ─ base; the pull request left at old; merge joins the two. */
beforeAll(() => {
  checkout = gitRepository();
  checkout.write('a', '1');
  const old = checkout.commit('old');
  checkout.git('switch', '-q', '-c', 'topic');
  checkout.write('model', '1');
  const head = checkout.commit('head');
  checkout.git('switch', '-q', 'main');
  checkout.write('b', '1');
  const base = checkout.commit('base');
  checkout.git('merge', '-q', '--no-ff', '-m', 'merge', 'topic');
  commits = { old, base, head, merge: checkout.git('rev-parse', 'HEAD') };
});
afterAll(() => checkout.remove());

async function at(commit: string): Promise<Repository> {
  checkout.git('checkout', '-q', '--detach', commit);
  const opened = await openRepository({ root: checkout.root, environment: process.env });
  if (!opened.isOpen) throw new Error(opened.reason);
  return opened.repository;
}

const pullRequest = (name = 'pull_request', sha = commits.merge): GateEvent =>
  readEvent({ name, sha, payload: { pull_request: { number: 1, base: { sha: commits.old }, head: { sha: commits.head } } } });

const inputs = (given: Readonly<Record<string, string>> = {}): ActionInputs => readInputs(given);

describe('planComparison', () => {
  it('compares GitHub’s merge commit with its first parent, which may be newer than the base in the event', async () => {
    const plan = await planComparison(pullRequest(), inputs(), await at(commits.merge));

    expect(plan).toEqual({
      comparison: { kind: 'commits', base: commits.base, apiHead: commits.head, how: 'direct', apiHow: 'merge-base', pullRequest: 1 },
      trustedCommit: commits.base,
    });
  });

  it('asks what the head brought since it left the base when the head itself is checked out', async () => {
    const plan = await planComparison(pullRequest(), inputs(), await at(commits.head));

    expect(plan.comparison).toMatchObject({ base: commits.old, how: 'merge-base' });
    expect(plan.trustedCommit).toBe(commits.old);
  });

  it('knows nothing of the change when another commit is checked out', async () => {
    const plan = await planComparison(pullRequest(), inputs(), await at(commits.base));

    expect(plan.comparison).toMatchObject({ kind: 'commits', mismatch: expect.stringContaining('is checked out, which is not the one') as string });
  });

  it('knows nothing of the change when pull_request_target has its default, the base branch, checked out', async () => {
    const plan = await planComparison(pullRequest('pull_request_target', commits.base), inputs(), await at(commits.base));

    expect(plan.comparison).toHaveProperty('mismatch');
    expect(plan.trustedCommit).toBe(commits.old);
  });

  it('compares trees for a push and a merge group', async () => {
    const repository = await at(commits.merge);
    const push = readEvent({ name: 'push', sha: commits.merge, payload: { before: commits.base, after: commits.merge } });
    const group = readEvent({ name: 'merge_group', sha: commits.merge, payload: { merge_group: { base_sha: commits.base, head_sha: commits.merge } } });

    expect(await planComparison(push, inputs(), repository)).toMatchObject({ comparison: { base: commits.base, how: 'direct', apiHow: 'direct' }, trustedCommit: undefined });
    expect(await planComparison(group, inputs(), repository)).toMatchObject({ comparison: { base: commits.base, how: 'direct' }, trustedCommit: commits.base });
  });

  it('takes `base` for the comparison and for the rules', async () => {
    const plan = await planComparison(pullRequest(), inputs({ INPUT_BASE: 'HEAD~1' }), await at(commits.merge));

    expect(plan).toMatchObject({ comparison: { base: commits.base, how: 'merge-base' }, trustedCommit: commits.base });
  });

  it('compares with `base` under an event that compares nothing', async () => {
    const event = readEvent({ name: 'workflow_dispatch', sha: commits.merge, payload: {} });

    expect(await planComparison(event, inputs({ INPUT_BASE: commits.old }), await at(commits.merge))).toMatchObject({
      comparison: { kind: 'commits', base: commits.old },
      trustedCommit: undefined,
    });
  });

  it('looks at everything when the scope asks for it, and still trusts only the base’s rules', async () => {
    const plan = await planComparison(pullRequest(), inputs({ INPUT_SCOPE: 'all' }), await at(commits.merge));

    expect(plan).toMatchObject({ comparison: { kind: 'everything' }, trustedCommit: commits.base });
  });

  it('refuses scope: changed where there is nothing to compare with', async () => {
    const event = readEvent({ name: 'schedule', sha: commits.merge, payload: {} });

    await expect(planComparison(event, inputs({ INPUT_SCOPE: 'changed' }), await at(commits.merge))).rejects.toMatchObject({ code: 'arguments/invalid' });
  });

  it('refuses a `head` that is not checked out and a `base` that nobody knows', async () => {
    const repository = await at(commits.merge);

    await expect(planComparison(pullRequest(), inputs({ INPUT_HEAD: commits.head }), repository)).rejects.toMatchObject({ code: 'arguments/invalid' });
    await expect(planComparison(pullRequest(), inputs({ INPUT_BASE: 'no-such-branch' }), repository)).rejects.toMatchObject({ code: 'arguments/invalid' });
    expect((await planComparison(pullRequest(), inputs({ INPUT_HEAD: 'HEAD' }), repository)).comparison).not.toHaveProperty('mismatch');
  });

  it('takes the event’s word without git, but not under pull_request_target', async () => {
    expect((await planComparison(pullRequest(), inputs(), undefined)).comparison).not.toHaveProperty('mismatch');
    expect((await planComparison(pullRequest('pull_request_target'), inputs(), undefined)).comparison).toHaveProperty('mismatch');
  });
});
