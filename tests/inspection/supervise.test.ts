import { execFileSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { build, buildSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256Of } from '../../src/artifacts/digest.ts';
import type { Inspection, InspectionProgress, InspectionRequest } from '../../src/inspection/inspection.ts';
import { createSupervisor } from '../../src/inspection/supervise.ts';

// Bundled as for dist, so that each of the many processes of these tests starts as fast as a real one.
const folder = mkdtempSync(path.join(tmpdir(), 'modelgate-supervise-'));
const workerFile = path.join(folder, 'worker.mjs');

beforeAll(async () => {
  const entry = path.join(import.meta.dirname, 'supervise', 'test-worker.ts');
  await build({ entryPoints: [entry], outfile: workerFile, bundle: true, platform: 'node', format: 'esm', target: 'node20' });
});
afterAll(() => rmSync(folder, { recursive: true }));

const inspect = createSupervisor({
  workerFile,
  environment: { GITHUB_TOKEN: 'secret', PATH: '/usr/bin', TMPDIR: '/tmp' },
});

interface Change extends Partial<Omit<InspectionRequest, 'detectors'>> {
  readonly signal?: AbortSignal;
  readonly timeoutSeconds?: number;
  readonly onProgress?: (progress: InspectionProgress) => void;
}

function run(detectors: readonly string[], { signal, timeoutSeconds = 30, onProgress, ...change }: Change = {}): Promise<Inspection> {
  return inspect(
    {
      path: 'model.onnx',
      file: '/nowhere/model.onnx',
      digest: `sha256:${'0'.repeat(64)}`,
      size: 1,
      detectors: detectors.map((id) => ({ id, required: false, options: { size: 3 }, threshold: undefined, timeoutSeconds })),
      settings: {},
      settingsOrigin: 'none',
      seed: 7,
      engine: 'auto',
      threads: 1,
      deadlineSeconds: 60,
      memoryBytes: 2 ** 30,
      ...change,
    },
    { signal: signal ?? new AbortController().signal, onProgress: onProgress ?? (() => undefined) },
  );
}

const outcomes = (inspection: Inspection): string[] =>
  inspection.results.map(({ detector, outcome, error }) => [detector, outcome, error?.code].filter(Boolean).join(' '));

describe('an inspection that goes well', () => {
  it('hands back one result a detector, in the order asked for, and what the reader found', async () => {
    const seen: InspectionProgress[] = [];
    const inspection = await run(['b', 'a'], { onProgress: (progress) => seen.push(progress) });

    expect(outcomes(inspection)).toEqual(['b clear', 'a clear']);
    expect(inspection).toMatchObject({ format: 'onnx', notes: ['a note'], companions: [] });
    expect(inspection.error).toBeUndefined();
    expect(seen).toContainEqual({ path: 'model.onnx', detector: 'a', done: 0.5, what: 'running a' });
  });

  it('asks the process what it was asked', async () => {
    const inspection = await run(['ask']);

    expect(JSON.parse(inspection.results[0]?.reason ?? '')).toEqual({ seed: 7, options: { size: 3 } });
  });

  it('gives the process no secrets, no arguments and no folder of the repository', async () => {
    const inspection = await run(['environment']);
    const { env, cwd, argv } = JSON.parse(inspection.results[0]?.reason ?? '') as { env: object; cwd: string; argv: string[] };

    expect(env).toEqual({ TMPDIR: '/tmp' });
    expect(cwd).toBe(realpathSync(folder));
    expect(argv).toEqual([]);
  });

  it('is not stopped by a process that prints more than a pipe holds', async () => {
    expect(outcomes(await run(['chatter']))).toEqual(['chatter clear']);
  });
});

describe('pictures', () => {
  it('come with the result of their observation, named and with a digest', async () => {
    const inspection = await run(['picture', 'a']);
    const pictures = inspection.results[0]?.observations[0]?.pictures ?? [];

    expect(outcomes(inspection)).toEqual(['picture flagged', 'a clear']);
    expect(pictures.map(({ kind }) => kind)).toEqual(['contact-sheet', 'mask', 'pattern']);
    for (const { digest, file } of pictures) {
      expect(file).toMatch(/^pictures\/model-[0-9a-f]{12}-picture-1-\w+\.png$/);
      expect(sha256Of(inspection.pictures?.get(digest) ?? '')).toBe(digest);
    }
  });

  it.each([
    ['forged-picture', 'sent pictures that are none of its result'],
    ['huge-picture', 'sent something that is no message of an inspection'],
  ])('end the process when they are none of ours (%s); the others run', async (id, how) => {
    const inspection = await run([id, 'last']);

    expect(outcomes(inspection)).toEqual([`${id} error inspection/crashed`, 'last clear']);
    expect(inspection.results[0]?.reason).toContain(how);
    expect(inspection.pictures).toBeUndefined();
  });
});

describe('a detector that does not come back', () => {
  it('is killed when it hangs; what was found is kept and the others run in a new process', async () => {
    const inspection = await run(['first', 'hang', 'last'], { timeoutSeconds: 0.2 });

    expect(outcomes(inspection)).toEqual(['first clear', 'hang inconclusive inspection/timed-out', 'last clear']);
    expect(inspection.results[1]?.reason).toMatchInlineSnapshot(`"hang did not answer within its 0.2 s and was stopped."`);
    expect(inspection.notes).toContain(
      'hang did not answer within its 0.2 s and was stopped. The remaining detectors ran in a new process, without the suspicious inputs found before.',
    );
    expect(inspection.error).toBeUndefined();
  });

  it('is an error when it takes the process down; the others run', async () => {
    const inspection = await run(['first', 'crash', 'last']);

    expect(outcomes(inspection)).toEqual(['first clear', 'crash error inspection/crashed', 'last clear']);
    expect(inspection.results[1]?.reason).toMatchInlineSnapshot(`"The inspection process was ended by SIGSEGV while crash ran."`);
  });

  it('keeps a result that was sent right before the crash', async () => {
    expect(outcomes(await run(['crash-after-result', 'last']))).toEqual(['crash-after-result clear', 'last clear']);
  });

  it('is an error when it leaves the process', async () => {
    const inspection = await run(['exit', 'last']);

    expect(outcomes(inspection)).toEqual(['exit error inspection/crashed', 'last clear']);
    expect(inspection.results[0]?.reason).toContain('ended early with exit code 3');
  });

  it('ends every detector with a result when every one crashes', async () => {
    const inspection = await run(['crash', 'exit']);

    expect(outcomes(inspection)).toEqual(['crash error inspection/crashed', 'exit error inspection/crashed']);
  });

  it('gives the rest up when the model cannot be read a second time', async () => {
    const inspection = await run(['crash', 'next', 'last'], { path: 'crash-on-second-reading.onnx' });

    expect(outcomes(inspection)).toEqual([
      'crash error inspection/crashed', 'next error inspection/crashed', 'last error inspection/crashed',
    ]);
  });

  it('is inconclusive when it takes more native memory than it may', async () => {
    const inspection = await run(['allocate', 'last'], { memoryBytes: 200 * 2 ** 20 });

    expect(outcomes(inspection)).toEqual(['allocate inconclusive inspection/memory-exceeded', 'last clear']);
    expect(inspection.results[0]?.reason).toMatchInlineSnapshot(
      `"The inspection took more than 200 MiB of memory while allocate ran and was stopped."`,
    );
  });

  it('is inconclusive when it fills the heap of V8', async () => {
    const inspection = await run(['fill-heap', 'last'], { memoryBytes: 200 * 2 ** 20 });

    expect(outcomes(inspection)).toEqual(['fill-heap inconclusive inspection/memory-exceeded', 'last clear']);
  });
});

describe('a process that cannot be trusted', () => {
  it('is killed when it says what is no message', async () => {
    const inspection = await run(['babble', 'last']);

    expect(outcomes(inspection)).toEqual(['babble error inspection/crashed', 'last clear']);
    expect(inspection.results[0]?.reason).toContain('sent something that is no message of an inspection');
  });

  it('is killed when it answers for a detector nobody asked for', async () => {
    expect(outcomes(await run(['impostor', 'last']))).toEqual(['impostor error inspection/crashed', 'last clear']);
  });

  it('cannot make a detector clear by leaving it out', async () => {
    expect(outcomes(await run(['forget', 'last']))).toEqual(['forget error detector/invalid-result', 'last clear']);
  });

  it('reports a detector whose numbers are none as an error of that detector', async () => {
    expect(outcomes(await run(['not-a-number', 'last']))).toEqual(['not-a-number error detector/invalid-result', 'last clear']);
  });
});

describe('members of one file', () => {
  const member = (detectors: readonly string[], change: Change = {}): Promise<Inspection> =>
    run(detectors, { path: 'model.pt!/data.pkl', within: [{ offset: 0, length: 1, encoding: 'stored', size: 1 }], ...change });
  const processOf = (inspection: Inspection): string | undefined => inspection.results.find(({ detector }) => detector === 'process')?.reason;
  let files = 0;
  /** A file of its own for each test: no process of another one waits for it. */
  const newFile = (): string => `/nowhere/${(files += 1)}.pt`;

  it('share a process one after the other, with what each found kept apart', async () => {
    const file = newFile();
    const [first, second] = [await member(['process'], { file }), await member(['process', 'a'], { file })];

    expect(processOf(second)).toBe(processOf(first));
    expect(outcomes(second)).toEqual(['process clear', 'a clear']);
  });

  it('share none at the same time', async () => {
    const file = newFile();
    const [first, second] = await Promise.all([member(['process'], { file }), member(['process'], { file })]);

    expect(processOf(second)).not.toBe(processOf(first));
  });

  it('share none with another file, nor with a file that is no member', async () => {
    const file = newFile();
    const first = processOf(await member(['process'], { file }));

    expect(processOf(await member(['process'], { file: newFile() }))).not.toBe(first);
    expect(processOf(await run(['process'], { file }))).not.toBe(first);
  });

  it('share none with what has waited too long', async () => {
    const file = newFile();
    const first = processOf(await member(['process'], { file }));
    await new Promise((resolve) => setTimeout(resolve, 900));

    expect(processOf(await member(['process'], { file }))).not.toBe(first);
  });

  it('go on in the process that could not read one of them', async () => {
    const file = newFile();
    const first = processOf(await member(['process'], { file }));
    const malformed = await member([], { file, path: 'malformed.onnx' });

    expect(malformed.error?.code).toBe('format/malformed');
    expect(processOf(await member(['process'], { file }))).toBe(first);
  });

  it.each([
    ['crashes', { path: 'model.pt!/crash-unless-alone.pkl' }, ['process']],
    ['says a word about an earlier one', {}, ['late-word']],
    ['fails over what an earlier one left', {}, ['late-throw']],
  ])('are read once more, alone, when the shared process %s', async (_, change, left) => {
    const file = newFile();
    const first = await member([...left, 'process'], { file });
    const second = await member(['pause', 'process'], { file, ...change });

    expect(outcomes(second)).toEqual(['pause clear', 'process clear']);
    expect(second.error).toBeUndefined();
    expect(second.notes).toEqual(['a note']);
    expect(processOf(second)).not.toBe(processOf(first));
  });

  it('are never answered for by a word that came while the process waited', async () => {
    const file = newFile();
    const first = await member(['late-word', 'process'], { file });
    await new Promise((resolve) => setTimeout(resolve, 250));
    const second = await member(['process', 'a'], { file });

    expect(outcomes(second)).toEqual(['process clear', 'a clear']);
    expect(processOf(second)).not.toBe(processOf(first));
  });

  it('leave no property on every object for the next one', async () => {
    const file = newFile();
    const inspection = await member(['pollute'], { file });

    expect(inspection.error).toMatchObject({ code: 'internal/unexpected', message: expect.stringContaining('not extensible') as string });
  });

  it('blame a crash on the member itself when it was alone', async () => {
    const inspection = await member(['crash', 'last'], { file: newFile() });

    expect(outcomes(inspection)).toEqual(['crash error inspection/crashed', 'last clear']);
  });

  it('keep a program from ending no longer than it wants to live, and their process ends with it', () => {
    const script = path.join(folder, 'gate.mjs');
    const supervise = path.join(import.meta.dirname, '../../src/inspection/supervise.ts');
    buildSync({ entryPoints: [supervise], outfile: path.join(folder, 'supervise.mjs'), bundle: true, platform: 'node', format: 'esm', target: 'node20' });
    const request = { path: 'm!/a', file: '/m', digest: `sha256:${'0'.repeat(64)}`, size: 1, within: [{ offset: 0, length: 1, encoding: 'stored', size: 1 }], detectors: [{ id: 'process', required: false, options: {}, timeoutSeconds: 9 }], settings: {}, settingsOrigin: 'none', seed: 1, engine: 'auto', threads: 1, deadlineSeconds: 30, memoryBytes: 2 ** 30 };
    writeFileSync(script, `
      import { createSupervisor } from './supervise.mjs';
      const inspect = createSupervisor({ workerFile: ${JSON.stringify(workerFile)} });
      const { results } = await inspect(${JSON.stringify(request)}, { signal: new AbortController().signal, onProgress() {} });
      const answered = performance.now();
      process.on('exit', () => console.log(JSON.stringify({ worker: Number(results[0].reason), lingered: performance.now() - answered })));
    `);
    const { worker, lingered } = JSON.parse(execFileSync(process.execPath, [script], { encoding: 'utf8' })) as { worker: number; lingered: number };

    expect(lingered).toBeLessThan(400);
    return expect.poll(() => isThere(worker), { timeout: 3000 }).toBe(false);
  });
});

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('an artifact that cannot be read', () => {
  it('is an error with the place, and every detector says so', async () => {
    const inspection = await run(['first', 'last'], { path: 'malformed.onnx' });

    expect(inspection.error).toMatchObject({ code: 'format/malformed', message: 'Not a model.', where: { offset: 3 } });
    expect(outcomes(inspection)).toEqual(['first error format/malformed', 'last error format/malformed']);
    expect(inspection.format).toBeUndefined();
  });

  it.each([
    ['crash-while-reading.onnx', 'inspection/crashed'],
    ['exit-while-reading.onnx', 'inspection/crashed'],
    ['hang-while-reading.onnx', 'inspection/timed-out'],
    ['allocate-while-reading.onnx', 'inspection/memory-exceeded'],
  ])('%s ends with %s', async (file, code) => {
    const inspection = await run(['first'], { path: file, memoryBytes: 200 * 2 ** 20, deadlineSeconds: file.startsWith('hang') ? 1 : 60 });

    expect(inspection.error?.code).toBe(code);
    expect(inspection.results).toHaveLength(1);
  });

  it('quotes the last words of the process without its escape sequences', async () => {
    const inspection = await run([], { path: 'exit-while-reading.onnx' });

    expect(inspection.error?.message).toMatchInlineSnapshot(`"The inspection process ended early with exit code 7: native code says  [31mgoodbye [0m."`);
  });
});

describe('the clock and the user', () => {
  it('stops at the deadline with what there is', async () => {
    const inspection = await run(['first', 'slow', 'last'], { deadlineSeconds: 2 });

    expect(outcomes(inspection)).toEqual([
      'first clear', 'slow inconclusive inspection/timed-out', 'last inconclusive inspection/timed-out',
    ]);
    expect(inspection.error).toBeUndefined();
  });

  it('stops at once when the run is cancelled, and keeps what there is', async () => {
    const controller = new AbortController();
    const inspection = await run(['first', 'hang', 'last'], {
      signal: controller.signal,
      onProgress: ({ detector }) => {
        if (detector === 'hang') controller.abort();
      },
    });

    expect(outcomes(inspection)).toEqual([
      'first clear', 'hang inconclusive inspection/cancelled', 'last inconclusive inspection/cancelled',
    ]);
    expect(inspection.error?.code).toBe('inspection/cancelled');
  });

  it('starts nothing when the run is already cancelled', async () => {
    const inspection = await run(['first'], { signal: AbortSignal.abort() });

    expect(outcomes(inspection)).toEqual(['first inconclusive inspection/cancelled']);
  });

  it('says so when the process cannot be started', async () => {
    const broken = createSupervisor({ workerFile: path.join(folder, 'nothing-here.mjs') });
    const inspection = await broken(
      { path: 'm', file: '/m', digest: `sha256:${'0'.repeat(64)}`, size: 1, detectors: [], settings: {}, settingsOrigin: 'none', seed: 1, engine: 'auto', threads: 1, deadlineSeconds: 30, memoryBytes: 2 ** 30 },
      { signal: new AbortController().signal, onProgress: () => undefined },
    );

    expect(inspection.error?.code).toBe('inspection/crashed');
  });
});
