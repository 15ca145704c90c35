import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { removeRuns, runBuiltAction, type ActionRun, type ActionRunRequest } from '../support/action-run.ts';
import { fakeGitHub, type FakeGitHub, type FakeGitHubOptions } from '../support/fake-github.ts';
import { gitRepository, runGitIn, type GitRepository } from '../support/git-repository.ts';
import { disabledBut } from '../support/disabled.ts';

/** The built action as GitHub runs it: a process, real repositories, real models, GitHub's API on loopback. */

const root = path.resolve(import.meta.dirname, '../..');
const demo = path.join(root, 'fixtures/demo');
const clean = readFileSync(path.join(demo, 'models/clean.onnx'));
const backdoored = readFileSync(path.join(demo, 'models/backdoored.onnx'));

/** Tensors in a file that no network can be made of: under the ready policies, too, it takes a moment. */
const tensors = readFileSync(path.join(root, 'fixtures/datasets/npy/accept/big-f8.npy'));

/** Reads weights only: how the detectors behave is tested elsewhere. */
const cheap = (extending: 'observe' | 'recommended' | 'strict'): string =>
  [
    'version: 1',
    `id: ${extending}-cheap`,
    `extends: [${extending}]`,
    'detectors:',
    disabledBut('output-layer-outlier'),
  ].join('\n');

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function lockfile(entries: Readonly<Record<string, Uint8Array>>): string {
  const artifacts = Object.entries(entries)
    .map(([file, bytes]) => ({ path: file, sha256: sha256(bytes), size: bytes.byteLength, approvedBy: 'release team' }))
    .sort((left, right) => (left.path < right.path ? -1 : 1));
  return `${JSON.stringify({ version: 1, artifacts }, null, 2)}\n`;
}

const lfsPointer = (bytes: Uint8Array): string => `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256(bytes)}\nsize ${bytes.byteLength}\n`;

let repository: GitRepository;
let servers: FakeGitHub[] = [];
const folders: string[] = [];

afterEach(async () => {
  repository.remove();
  await Promise.all(servers.map((server) => server.close()));
  servers = [];
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
afterAll(removeRuns);

/** A base commit with a policy, a lockfile and one approved model. */
function baseCommit(files: Readonly<Record<string, string | Uint8Array>> = {}): string {
  repository = gitRepository();
  const all = {
    'modelgate.yml': cheap('strict'),
    'modelgate.lock.json': lockfile({ 'models/a.onnx': clean, 'models/new.onnx': clean }),
    'models/a.onnx': clean,
    ...files,
  };
  for (const [file, content] of Object.entries(all)) repository.write(file, content);
  return repository.commit('base');
}

interface PullRequest {
  readonly base: string;
  readonly head: string;
  readonly merge: string;
}

/** A branch with a change, and GitHub's merge of it into the base, checked out as actions/checkout does. */
function pullRequest(base: string, change: () => void): PullRequest {
  repository.git('switch', '-q', '-c', 'topic', base);
  change();
  const head = repository.commit('change');
  repository.git('switch', '-q', 'main');
  repository.git('merge', '-q', '--no-ff', '-m', 'merge', 'topic');
  const merge = repository.git('rev-parse', 'HEAD');
  repository.git('checkout', '-q', '--detach', merge);
  return { base, head, merge };
}

function ofPullRequest({ base, head, merge }: PullRequest, more: Partial<ActionRunRequest> = {}): ActionRunRequest {
  const payload = { number: 5, pull_request: { number: 5, base: { sha: base, ref: 'main' }, head: { sha: head, ref: 'topic' } } };
  return { workspace: repository.root, event: 'pull_request', sha: merge, payload, ...more };
}

const run = (change: PullRequest, more: Partial<ActionRunRequest> = {}): Promise<ActionRun> => runBuiltAction(ofPullRequest(change, more));

async function serve(change: Pick<PullRequest, 'base' | 'head'>, options: Partial<FakeGitHubOptions> = {}): Promise<FakeGitHub> {
  const server = await fakeGitHub({ repositoryRoot: repository.root, repository: 'octo/models', pullRequests: [{ number: 5, ...change }], ...options });
  servers.push(server);
  return server;
}

/** A clone of one commit without history and without an origin to fetch from. */
function shallowClone(commit: string): string {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'modelgate-clone-')));
  folders.push(folder);
  repository.git('branch', '-f', 'under-test', commit);
  runGitIn(tmpdir(), 'clone', '-q', '--depth=1', '--branch', 'under-test', `file://${repository.root}`, folder);
  runGitIn(folder, 'remote', 'remove', 'origin');
  return folder;
}

const rules = ({ report }: ActionRun): string[] => [...(report?.findings ?? []), ...(report?.artifacts.flatMap((one) => one.findings) ?? [])].map((one) => one.rule).sort();
const paths = ({ report }: ActionRun): string[] => report?.artifacts.map((one) => one.path) ?? [];

describe('a pull request', () => {
  it('passes with a change to an approved model, and leaves reports, summary and outputs', async () => {
    const change = pullRequest(baseCommit(), () => repository.write('models/new.onnx', clean));
    const result = await run(change);

    expect(result.stdout).toContain('The verdict is pass');
    expect(result.status).toBe(0);
    expect(paths(result)).toEqual(['models/new.onnx']);
    expect(result.report?.artifacts[0]).toMatchObject({ change: 'added', provenance: { outcome: 'clear' } });
    expect(result.outputs).toMatchObject({ verdict: 'pass', artifacts: '1', scanned: '1', flagged: '0', inconclusive: '0', errors: '0', findings: '0' });
    expect(result.summary).toContain('models/new.onnx');
    expect(result.commands).toEqual([]);
    expect(JSON.parse(readFileSync(result.outputs['sarif-path'] ?? '', 'utf8'))).toMatchObject({ version: '2.1.0' });
    const validate = new Ajv({ strict: false }).compile(JSON.parse(readFileSync(path.join(root, 'schema/report.schema.json'), 'utf8')) as object);
    expect(validate(result.report), JSON.stringify(validate.errors)).toBe(true);
  });

  it('fails when an approved model has other bytes', async () => {
    const change = pullRequest(baseCommit(), () => repository.write('models/a.onnx', backdoored));
    const result = await run(change);

    expect(result.status).toBe(1);
    expect(result.outputs['verdict']).toBe('fail');
    expect(rules(result)).toContain('trusted-source/hash-mismatch');
    expect(result.commands.filter((line) => line.startsWith('::error')).join('\n')).toContain('models/a.onnx');
  });

  it('fails under strict when nobody approved the model, and warns under recommended', async () => {
    const strict = pullRequest(baseCommit(), () => repository.write('models/unlisted.onnx', clean));
    expect(await run(strict)).toMatchObject({ status: 1, outputs: { verdict: 'fail' } });
    repository.remove();

    const recommended = pullRequest(baseCommit({ 'modelgate.yml': cheap('recommended') }), () => repository.write('models/unlisted.onnx', clean));
    const result = await run(recommended);
    expect(result).toMatchObject({ status: 0, outputs: { verdict: 'warn' } });
    expect(rules(result)).toContain('trusted-source/unlisted');
  });

  it('fails from a warning on, or never, as fail-on says', async () => {
    const change = pullRequest(baseCommit({ 'modelgate.yml': cheap('recommended') }), () => repository.write('models/unlisted.npy', tensors));

    const [warn, never, warnOnly] = await Promise.all([
      run(change, { inputs: { 'fail-on': 'warn' } }),
      run(change, { inputs: { policy: 'strict', 'fail-on': 'never' } }),
      run(change, { inputs: { policy: 'strict', 'warn-only': 'true' } }),
    ]);

    expect(warn).toMatchObject({ status: 1, outputs: { verdict: 'warn' } });
    expect(never).toMatchObject({ status: 0, outputs: { verdict: 'fail' } });
    expect(never.stdout).toContain('The step passes, because fail-on is never.');
    expect(warnOnly).toMatchObject({ status: 0, outputs: { verdict: 'warn' } });
  });

  it('is inconclusive for a Git LFS pointer, also for one that is approved, and fails for one with another digest', async () => {
    const pointers = { 'models/b.onnx': Buffer.from('approved'), 'models/c.onnx': Buffer.from('other') };
    const base = baseCommit({ 'modelgate.yml': cheap('recommended'), 'modelgate.lock.json': lockfile(pointers) });
    const change = pullRequest(base, () => {
      repository.write('models/b.onnx', lfsPointer(Buffer.from('approved')));
      repository.write('models/c.onnx', lfsPointer(Buffer.from('not what was approved')));
      repository.write('models/d.onnx', lfsPointer(Buffer.from('unknown')));
    });
    const result = await run(change);
    const byPath = new Map(result.report?.artifacts.map((one) => [one.path, one]));

    expect(byPath.get('models/b.onnx')).toMatchObject({ verdict: 'warn', format: 'git-lfs-pointer', provenance: { outcome: 'clear' } });
    expect(byPath.get('models/c.onnx')).toMatchObject({ verdict: 'fail', provenance: { outcome: 'inconclusive' } });
    expect(byPath.get('models/d.onnx')).toMatchObject({ verdict: 'warn', provenance: { outcome: 'inconclusive' } });
    expect(result).toMatchObject({ status: 1, outputs: { scanned: '0' } });
  });

  it('is judged by the base’s policy and lockfile; weakening them in the head is reported and has no effect', async () => {
    const change = pullRequest(baseCommit(), () => {
      repository.write('models/a.onnx', backdoored);
      repository.write('modelgate.yml', cheap('observe'));
      repository.write('modelgate.lock.json', lockfile({ 'models/a.onnx': backdoored }));
    });
    const result = await run(change);

    expect(result).toMatchObject({ status: 1, outputs: { verdict: 'fail' }, report: { policy: { id: 'strict-cheap' } } });
    expect(rules(result)).toEqual(expect.arrayContaining(['gate/lockfile-changed', 'gate/policy-changed', 'trusted-source/hash-mismatch']));
  });

  it('is judged by the default policy when the base has none, not by the one that the head adds', async () => {
    repository = gitRepository();
    repository.write('readme.md', 'models');
    const change = pullRequest(repository.commit('base'), () => {
      repository.write('models/a.npy', tensors);
      repository.write('modelgate.yml', cheap('observe'));
      repository.write('modelgate.lock.json', lockfile({ 'models/a.npy': tensors }));
    });
    const result = await run(change);

    expect(result).toMatchObject({ status: 0, outputs: { verdict: 'warn' }, report: { policy: { source: 'built-in:recommended' } } });
    expect(rules(result)).toEqual(expect.arrayContaining(['gate/lockfile-changed', 'gate/policy-changed', 'trusted-source/no-lockfile']));
  });

  it('passes when nothing changed that is a model, and says so', async () => {
    const change = pullRequest(baseCommit({ 'modelgate.yml': cheap('recommended') }), () => repository.write('readme.md', 'new text'));
    const result = await run(change);

    expect(result).toMatchObject({ status: 0, outputs: { verdict: 'pass', artifacts: '0' } });
    expect(result.stdout).toContain('The verdict is pass: none of the 1 changed files is an artifact by the policy’s globs, so nothing was scanned.');
  });

  it('compares with the base as it is now, not with models that only the base changed', async () => {
    const old = baseCommit();
    repository.git('switch', '-q', '-c', 'topic', old);
    repository.write('models/new.onnx', clean);
    const head = repository.commit('change');
    repository.git('switch', '-q', 'main');
    repository.write('models/a.onnx', backdoored);
    repository.write('modelgate.lock.json', lockfile({ 'models/a.onnx': backdoored, 'models/new.onnx': clean }));
    repository.commit('meanwhile');
    repository.git('merge', '-q', '--no-ff', '-m', 'merge', 'topic');
    const merge = repository.git('rev-parse', 'HEAD');
    const result = await run({ base: old, head, merge });

    expect(paths(result)).toEqual(['models/new.onnx']);
    expect(result.status).toBe(0);
  });

  it('follows a rename to its new path and reports a deleted model that is still approved', async () => {
    const base = baseCommit({ 'models/b.onnx': backdoored, 'modelgate.lock.json': lockfile({ 'models/a.onnx': clean, 'models/b.onnx': backdoored }) });
    const change = pullRequest(base, () => {
      repository.git('mv', 'models/a.onnx', 'models/renamed.onnx');
      repository.git('rm', '-q', 'models/b.onnx');
    });
    const result = await run(change);

    expect(result.report?.artifacts).toMatchObject([{ path: 'models/renamed.onnx', change: 'renamed' }]);
    expect(rules(result)).toContain('gate/deleted-but-listed');
    expect(result.status).toBe(1);
  });

  it('defuses hostile file names everywhere', async () => {
    const hostile = 'models/x\n::error::owned\n::set-output name=verdict::pass\u202e<img src=x>|`@all.onnx';
    const change = pullRequest(baseCommit(), () => repository.write(hostile, clean));
    const result = await run(change);

    expect(paths(result)).toEqual([hostile]);
    expect(result).toMatchObject({ status: 1, outputs: { verdict: 'fail' } });
    expect(result.commands.filter((line) => !line.startsWith('::error ') && !line.startsWith('::warning ') && !line.startsWith('::notice '))).toEqual([]);
    expect(result.stdout).not.toMatch(/^::error::owned|^::set-output|\u202e/m);
    expect(result.summary).not.toMatch(/<img|\u202e|@all/);
  });

  it('shows ten errors of many and keeps all of them in the report', async () => {
    const change = pullRequest(baseCommit({ 'modelgate.yml': cheap('strict').replace(disabledBut('output-layer-outlier'), disabledBut()) }), () => {
      for (let index = 0; index < 24; index += 1) repository.write(`models/m${index}.onnx`, lfsPointer(Buffer.from(String(index))));
    });
    const result = await run(change);

    expect(result.commands.filter((line) => line.startsWith('::error') && !line.includes('title=modelgate::'))).toHaveLength(10);
    expect(result.report?.artifacts).toHaveLength(24);
    expect(result.status).toBe(1);
  });

  it('looks only below `paths`, in a working directory with a policy of its own', async () => {
    const base = baseCommit({ 'team/modelgate.yml': cheap('strict'), 'team/modelgate.lock.json': lockfile({ 'models/a.onnx': clean }) });
    const change = pullRequest(base, () => {
      repository.write('models/unlisted.onnx', clean);
      repository.write('team/models/a.onnx', clean);
      repository.write('team/drafts/b.onnx', clean);
    });
    const result = await run(change, { inputs: { 'working-directory': 'team', paths: 'models' } });

    expect(paths(result)).toEqual(['models/a.onnx']);
    expect(result.status).toBe(0);
  });
});

describe('what git and the API can tell', () => {
  it('asks the API in a shallow clone, reads the rules from the base there, and only ever reads', async () => {
    const change = pullRequest(baseCommit(), () => {
      repository.write('models/a.onnx', backdoored);
      repository.write('modelgate.yml', cheap('observe'));
    });
    const server = await serve(change);
    const result = await run(change, { workspace: shallowClone(change.merge), apiUrl: server.apiUrl, inputs: { token: 'read-only' } });

    expect(result).toMatchObject({ status: 1, outputs: { verdict: 'fail' }, report: { policy: { id: 'strict-cheap' } } });
    expect(rules(result)).toEqual(expect.arrayContaining(['gate/policy-changed', 'trusted-source/hash-mismatch']));
    expect(result.stdout).toContain('(by api)');
    expect(server.requests.length).toBeGreaterThan(0);
    expect(server.requests.every((one) => one.startsWith('GET '))).toBe(true);
  });

  it('comes to the same verdict with a read-only token, with none, and with one that may do nothing', async () => {
    const change = pullRequest(baseCommit(), () => repository.write('models/a.onnx', backdoored));
    const readOnly = await serve(change);
    const powerless = await serve(change, { permission: 'none' });
    const results = await Promise.all([
      run(change),
      run(change, { apiUrl: readOnly.apiUrl, inputs: { token: 't' } }),
      run(change, { apiUrl: powerless.apiUrl, inputs: { token: 't' } }),
    ]);

    const comparable = ({ status, report }: ActionRun): string => JSON.stringify([status, report], (key, value: unknown) => (key === 'seconds' ? 0 : value));
    expect(new Set(results.map(comparable)).size).toBe(1);
    expect(results[0]).toMatchObject({ status: 1, outputs: { verdict: 'fail' } });
  });

  it('fetches the base commit where the checkout has an origin to fetch from', async () => {
    const change = pullRequest(baseCommit(), () => repository.write('models/new.onnx', clean));
    const workspace = shallowClone(change.merge);
    runGitIn(workspace, 'remote', 'add', 'origin', `file://${repository.root}`);
    const result = await run(change, { workspace });

    expect(result.stdout).toContain('was fetched');
    expect(result).toMatchObject({ status: 0, outputs: { verdict: 'pass' } });
    expect(paths(result)).toEqual(['models/new.onnx']);
  });

  it('decides nothing, and does not pass, when neither git nor the API can read the base', async () => {
    const change = pullRequest(baseCommit(), () => repository.write('models/new.onnx', clean));
    const result = await run(change, { workspace: shallowClone(change.merge) });

    expect(result.status).toBe(2);
    expect(result.outputs).toEqual({});
    expect(result.commands.join('\n')).toMatch(/^::error title=modelgate%3A changes\/unknown::.*could not be read at the base commit/);
    expect(result.summary).toContain('no verdict');
  });

  it('says “could not tell”, not “nothing changed”, when another commit is checked out, and fails under strict', async () => {
    const base = baseCommit();
    const change = pullRequest(base, () => repository.write('models/new.onnx', clean));
    repository.git('checkout', '-q', '--detach', base);
    const result = await run(change);

    expect(rules(result)).toContain('gate/changes-unknown');
    expect(result).toMatchObject({ status: 1, outputs: { verdict: 'fail' } });
    expect(result.summary).toContain('could not be established');
  });

  it('asks the API where there is no git repository', async () => {
    const change = pullRequest(baseCommit(), () => repository.write('models/new.onnx', clean));
    const server = await serve(change);
    const workspace = shallowClone(change.merge);
    rmSync(path.join(workspace, '.git'), { recursive: true });
    const result = await run(change, { workspace, apiUrl: server.apiUrl, inputs: { token: 't' } });

    expect(result).toMatchObject({ status: 0, outputs: { verdict: 'pass' } });
    expect(paths(result)).toEqual(['models/new.onnx']);
  });
});

describe('other events', () => {
  const push = (before: string, after: string): Pick<ActionRunRequest, 'event' | 'sha' | 'payload'> => ({ event: 'push', sha: after, payload: { before, after, ref: 'refs/heads/main' } });
  const start = (request: Pick<ActionRunRequest, 'event' | 'sha' | 'payload'> & Partial<ActionRunRequest>): Promise<ActionRun> =>
    runBuiltAction({ workspace: repository.root, ...request });

  it('looks at what a push changed, by the rules of the pushed commit', async () => {
    const before = baseCommit();
    repository.write('models/b.onnx', backdoored);
    repository.write('modelgate.lock.json', lockfile({ 'models/b.onnx': backdoored }));
    const result = await start(push(before, repository.commit('approve and add')));

    expect(paths(result)).toEqual(['models/b.onnx']);
    expect(result).toMatchObject({ status: 0, outputs: { verdict: 'pass' } });
  });

  it('looks at every tracked artifact when a push creates a branch', async () => {
    const after = baseCommit();
    repository.write('downloaded/untracked.onnx', clean);
    const result = await start(push('0'.repeat(40), after));

    expect(paths(result)).toEqual(['models/a.onnx']);
    expect(result.status).toBe(0);
  });

  it('compares states after a forced push, and cannot tell when the earlier one is gone', async () => {
    const old = baseCommit({ 'models/old.onnx': backdoored });
    repository.git('checkout', '-q', '--orphan', 'rewritten');
    repository.git('rm', '-q', '-f', 'models/old.onnx');
    repository.write('models/new.onnx', clean);
    const after = repository.commit('rewritten');

    expect(paths(await start(push(old, after)))).toEqual(['models/new.onnx']);
    const gone = await start(push('e'.repeat(40), after));
    expect(rules(gone)).toContain('gate/changes-unknown');
    expect(gone).toMatchObject({ status: 1, outputs: { verdict: 'fail' } });
  });

  it('judges a merge group by its base', async () => {
    const base = baseCommit();
    repository.write('models/a.onnx', backdoored);
    repository.write('modelgate.yml', cheap('observe'));
    const head = repository.commit('queued');
    const result = await start({ event: 'merge_group', sha: head, payload: { merge_group: { base_sha: base, head_sha: head } } });

    expect(result).toMatchObject({ status: 1, outputs: { verdict: 'fail' }, report: { policy: { id: 'strict-cheap' } } });
  });

  it('looks at every tracked artifact when started by hand', async () => {
    const sha = baseCommit({ 'models/b.onnx': clean });
    const result = await start({ event: 'workflow_dispatch', sha, payload: { inputs: {} } });

    expect(paths(result)).toEqual(['models/a.onnx', 'models/b.onnx']);
    expect(rules(result)).toEqual(['trusted-source/unlisted']);
  });

  it('runs no model under pull_request_target: inconclusive, not clear', async () => {
    const change = pullRequest(baseCommit({ 'modelgate.yml': 'version: 1\nid: all\nextends: [recommended]\n' }), () => repository.write('models/new.onnx', clean));
    repository.git('checkout', '-q', '--detach', change.head);
    cpSync(path.join(demo, 'images'), path.join(repository.root, 'images'), { recursive: true });
    const result = await run(change, { event: 'pull_request_target', sha: change.base, inputs: { samples: 'images' } });
    const outcomes = Object.fromEntries(result.report?.artifacts[0]?.results.map((one) => [one.detector, one.outcome]) ?? []);

    // What only reads the file answers, and what runs it does not.
    expect(outcomes).toMatchObject({ 'output-layer-outlier': 'clear', 'graph-logic': 'clear' });
    expect(outcomes).toMatchObject({ 'adversarial-testing': 'inconclusive', backdoor: 'inconclusive', 'trigger-inversion': 'inconclusive', 'neuron-sensitivity': 'inconclusive' });
    expect(result.outputs['verdict']).toBe('warn');
  });

  it('finds the backdoor when it has samples', async () => {
    const sha = baseCommit({ 'modelgate.yml': 'version: 1\nid: triggers\nextends: [recommended]\ndetectors:\n  perturbation-entropy: { enabled: false }\n', 'models/a.onnx': backdoored, 'modelgate.lock.json': lockfile({ 'models/a.onnx': backdoored }) });
    cpSync(path.join(demo, 'images'), path.join(repository.root, 'images'), { recursive: true });
    const result = await start({ event: 'schedule', sha, payload: {}, inputs: { samples: 'images' } });

    expect(result).toMatchObject({ status: 1, outputs: { verdict: 'fail', flagged: '1' } });
  });
});

describe('mistakes and accidents', () => {
  it('names the input that is wrong and who has to act', async () => {
    const change = pullRequest(baseCommit(), () => repository.write('models/new.onnx', clean));
    const result = await run(change, { inputs: { 'fail-on': 'sometimes' } });

    expect(result.status).toBe(2);
    expect(result.commands).toMatchInlineSnapshot(`
      [
        "::error title=modelgate%3A arguments/invalid::The input \`fail-on\` is "sometimes"; allowed is \`fail\`, \`warn\` or \`never\`. To be corrected in the workflow, the policy or the repository. Correct \`fail-on\` under \`with:\` in the workflow file.",
      ]
    `);
  });

  it('says at which line the policy is wrong', async () => {
    const change = pullRequest(baseCommit({ 'modelgate.yml': 'version: 1\nid: x\nfailOn: warn\n' }), () => repository.write('models/new.onnx', clean));
    const result = await run(change);

    expect(result.status).toBe(2);
    expect(result.commands.join()).toMatch(/policy\/invalid.*line 3/);
  });

  it('keeps the verdict when nothing can be delivered', async () => {
    const change = pullRequest(baseCommit(), () => repository.write('models/new.onnx', clean));
    writeFileSync(path.join(repository.root, 'taken'), '');
    const result = await run(change, { inputs: { 'report-folder': 'taken' }, environment: { GITHUB_STEP_SUMMARY: '/nowhere/summary.md', GITHUB_OUTPUT: '/nowhere/output' } });

    expect(result.stdout).toContain('The verdict is pass');
    expect(result.commands.filter((line) => line.startsWith('::warning')).length).toBe(3);
    expect(result.status).toBe(0);
  });

  it('leaves no half-written report when it is killed', async () => {
    const base = baseCommit();
    const change = pullRequest(base, () => {
      for (let index = 0; index < 6; index += 1) repository.write(`models/m${index}.onnx`, clean);
    });
    // While it inspects, and at the very moment at which it begins to write.
    const moments = [(_folder: string, stdout: string) => stdout.includes('changed files since'), existsSync, existsSync];
    let killed = 0;
    for (const isMoment of moments) {
      let folder = '';
      const result = await run(change, {
        onStart: ({ kill, temporary, stdout }) => {
          folder = path.join(temporary, 'temp/modelgate-report');
          const watch = setInterval(() => {
            if (!isMoment(folder, stdout())) return;
            clearInterval(watch);
            kill();
          }, 1);
        },
      });
      killed += result.status === null ? 1 : 0;
      const written = existsSync(folder) ? readdirSync(folder).filter((name) => !name.startsWith('.')) : [];
      for (const name of written) expect(() => JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as unknown, name).not.toThrow();
    }
    expect(killed).toBeGreaterThan(0);
  });

  it('takes results of unchanged models from the cache and comes to the same report', async () => {
    const sha = baseCommit();
    const cache = realpathSync(mkdtempSync(path.join(tmpdir(), 'modelgate-cache-')));
    folders.push(cache);
    const request: ActionRunRequest = { workspace: repository.root, event: 'workflow_dispatch', sha, payload: {}, inputs: { cache } };
    const first = await runBuiltAction(request);
    const second = await runBuiltAction(request);

    expect(first.stdout).not.toContain('known from an earlier run');
    expect(second.stdout).toContain('known from an earlier run');
    expect(second.report).toEqual(first.report);
  });
});
