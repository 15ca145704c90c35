import process from 'node:process';
import { GateError } from '../../../src/errors.ts';
import type { PlacedPicture } from '../../../src/inspection/draw-pictures.ts';
import { drawTriggerPicture } from '../../../src/inspection/draw-trigger-picture.ts';
import type { InspectPorts } from '../../../src/inspection/inspect.ts';
import type { Inspection, InspectionRequest } from '../../../src/inspection/inspection.ts';
import { serveInspection } from '../../../src/inspection/worker/serve-inspection.ts';
import type { Result } from '../../../src/report.ts';
import { smallPicture } from '../../support/small-picture.ts';

/** Numbers of the inspections that this process was asked for: what a process without manners would know. */
const asked: number[] = [];
process.on('message', (message: { inspection: number }) => asked.push(message.inspection));

/** A process entry with the real plumbing and detectors that misbehave by their id. */
serveInspection(inspect);

const described = { format: 'onnx', notes: ['a note'], companions: [] };

async function inspect(request: InspectionRequest, ports: InspectPorts): Promise<Inspection> {
  ports.onProgress({ path: request.path, done: 0, what: 'reading' });
  if (request.path === 'malformed.onnx') throw new GateError({ code: 'format/malformed', message: 'Not a model.', where: { offset: 3 } });
  if (request.path === 'crash-while-reading.onnx') process.kill(process.pid, 'SIGSEGV');
  if (request.path.endsWith('crash-unless-alone.pkl') && asked.length > 1) process.kill(process.pid, 'SIGSEGV');
  if (request.path === 'hang-while-reading.onnx') hang();
  if (request.path === 'exit-while-reading.onnx') {
    process.stderr.write('native code says \u001b[31mgoodbye\u001b[0m\n');
    process.exit(7);
  }
  if (request.path === 'allocate-while-reading.onnx') await allocate();
  if (request.path === 'crash-on-second-reading.onnx' && (ports.earlierResults?.length ?? 0) > 0) process.kill(process.pid, 'SIGSEGV');
  ports.onDescribed(described);

  const results: Result[] = [];
  for (const { id } of request.detectors) {
    if (ports.earlierResults?.some(({ detector }) => detector === id) === true) continue;
    ports.onProgress({ path: request.path, detector: id, done: 0.5, what: `running ${id}` });
    const result = await detect(id, request);
    if (result === undefined) continue;
    results.push(result);
    ports.onResult(result, id.includes('picture') ? drawn(id) : []);
    if (id === 'crash-after-result') process.kill(process.pid, 'SIGSEGV');
  }
  return { ...described, results };
}

async function detect(id: string, request: InspectionRequest): Promise<Result | undefined> {
  if (id === 'hang') hang();
  if (id === 'crash') process.kill(process.pid, 'SIGSEGV');
  if (id === 'exit') process.exit(3);
  if (id === 'allocate') await allocate();
  if (id === 'fill-heap') fillHeap();
  if (id === 'forget') return undefined;
  if (id === 'process') return { ...clear(id), reason: String(process.pid) };
  if (id === 'late-word') setTimeout(() => process.send?.({ inspection: asked[0], kind: 'done', described }), 100);
  if (id === 'late-throw') setTimeout(() => { throw new Error('something left over'); }, 100);
  if (id === 'pause') await new Promise((resolve) => setTimeout(resolve, 300));
  if (id === 'impostor') process.send?.({ inspection: asked.at(-1), kind: 'result', result: clear('somebody-else'), pictures: [] });
  if (id === 'babble') process.send?.({ inspection: asked.at(-1), kind: 'result', result: { detector: id, outcome: 'clear', verdict: 'pass' }, pictures: [] });
  if (id.includes('picture')) return flagged(id);
  if (id === 'chatter') for (let line = 0; line < 20_000; line += 1) process.stdout.write(`${'x'.repeat(100)}\n`);
  if (id === 'not-a-number') return { ...clear(id), measurements: [{ name: 'nonsense', value: Number.NaN }] };
  if (id === 'pollute') (Object.prototype as { verdict?: string }).verdict = 'pass';
  if (id === 'environment') return { ...clear(id), reason: JSON.stringify({ env: process.env, cwd: process.cwd(), argv: process.argv.slice(2) }) };
  if (id === 'ask') return { ...clear(id), reason: JSON.stringify({ seed: request.seed, options: request.detectors[0]?.options }) };
  if (id === 'slow') await new Promise((resolve) => setTimeout(resolve, 60_000));
  return clear(id);
}

function clear(detector: string): Result {
  return { detector, outcome: 'clear', examined: 1, seconds: 0, observations: [], measurements: [] };
}

function flagged(detector: string): Result {
  const observation = { rule: `${detector}/seen`, severity: 'high' as const, text: 'Seen.', data: {}, location: {} };
  return { ...clear(detector), outcome: 'flagged', observations: [observation] };
}

function drawn(id: string): readonly PlacedPicture[] {
  const pictures = drawTriggerPicture(smallPicture()).map((one) => ({ ...one, observation: 0 }));
  if (id === 'forged-picture') return pictures.map((one) => ({ ...one, png: Buffer.from('<svg onload="alert(1)"/>') }));
  if (id === 'huge-picture') return pictures.map((one) => ({ ...one, png: new Uint8Array(8 * 2 ** 20) }));
  return pictures;
}

function hang(): never {
  for (;;);
}

/** Native memory, outside the V8 heap, as an engine takes it. */
async function allocate(): Promise<void> {
  const kept: Uint8Array[] = [];
  for (;;) {
    kept.push(new Uint8Array(16 * 2 ** 20).fill(1));
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

function fillHeap(): never {
  const kept: number[][] = [];
  for (;;) kept.push(Array.from({ length: 1000 }, (_, index) => index + 0.5));
}
