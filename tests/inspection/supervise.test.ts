import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
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
