import process from 'node:process';
import { createEngine } from '../../engines/create-engine.ts';
import type { Engine } from '../../engines/engine.ts';
import { GateError, toGateError } from '../../errors.ts';
import type { Result } from '../../report.ts';
import type { PlacedPicture } from '../draw-pictures.ts';
import type { InspectPorts } from '../inspect.ts';
import type { Inspection, InspectionProgress, InspectionRequest } from '../inspection.ts';
import { isResult, MAX_TEXT_CHARACTERS, type Described, type MessageToWorker, type SentPicture, type WorkerAnswer } from '../worker-messages.ts';
import { endWithParent } from './end-with-parent.ts';

/** A terminal redraws no faster than this, and a detector may report thousands of steps. */
const PROGRESS_INTERVAL_MILLISECONDS = 100;

/**
 * The process side of a supervised inspection: waits for a request, answers with results as they come, and waits for the next; it is
 * ended from outside. The supervisor keeps the time and the memory; this side only has to say what it is doing before it does it.
 */
export function serveInspection(inspect: (request: InspectionRequest, ports: InspectPorts) => Promise<Inspection>): void {
  endWithParent();
  // Ctrl-C reaches the whole process group. What becomes of this process is the supervisor's decision alone.
  process.on('SIGINT', () => undefined);
  // A name out of one member that became a property of every object would be there while the next member is read (CWE-1321).
  Object.preventExtensions(Object.prototype);
  let say: (answer: WorkerAnswer, then?: () => void) => void = () => undefined;
  /** The last word: the process ends when it is on its way, whatever native code still has threads. */
  const fail = (thrown: unknown): void => say({ kind: 'failed', error: toGateError(thrown).toData() }, () => process.exit(0));
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  process.on('message', (message) => {
    const asked = message as MessageToWorker;
    const own = (answer: WorkerAnswer, then?: () => void): void => void process.send?.({ inspection: asked.inspection, ...answer }, undefined, {}, then);
    say = own;
    answer(asked, inspect, own).catch((thrown: unknown) => {
      // What was asked could not be read: the process is none the worse for it.
      if (thrown instanceof GateError && thrown.code.startsWith('format/')) own({ kind: 'failed', error: thrown.toData() });
      else fail(thrown);
    });
  });
}

async function answer(
  { request, earlierResults }: MessageToWorker,
  inspect: (request: InspectionRequest, ports: InspectPorts) => Promise<Inspection>,
  send: (answer: WorkerAnswer) => void,
): Promise<void> {
  const engineNotes: string[] = [];
  const withEngineNotes = ({ format, engine, notes, companions, baselineCompanions, members, dataset, samplesRoot, claimed }: Described): Described => ({
    ...(format === undefined ? {} : { format }),
    ...(engine === undefined ? {} : { engine }),
    notes: [...notes, ...engineNotes].map(shortened),
    companions,
    ...(baselineCompanions === undefined ? {} : { baselineCompanions }),
    ...(members === undefined ? {} : { members }),
    ...(dataset === undefined ? {} : { dataset }),
    ...(samplesRoot === undefined ? {} : { samplesRoot }),
    ...(claimed === undefined ? {} : { claimed }),
  });
  let engine: Promise<Engine> | undefined;

  const inspection = await inspect(request, {
    createEngine: () =>
      (engine ??= createEngine({
        preference: request.engine,
        threads: request.threads,
        onFallback: (reason) => engineNotes.push(`The native engine could not be loaded, so the slower WebAssembly engine ran: ${reason}`),
      })),
    now: () => performance.now(),
    // Cancelling ends the process; no code in it has to notice.
    signal: new AbortController().signal,
    onProgress: throttled(({ detector, done, what }) =>
      send({ kind: 'progress', ...(detector === undefined ? {} : { detector }), done: share(done), what: shortened(what) }),
    ),
    onDescribed: (described) => send({ kind: 'described', described: withEngineNotes(described) }),
    onResult: (result, pictures) =>
      send(isResult(result) ? { kind: 'result', result, pictures: pictures.map(sent) } : { kind: 'result', result: invalidResult(result), pictures: [] }),
    earlierResults,
  });
  send({
    kind: 'done',
    described: withEngineNotes(inspection),
    ...(inspection.error === undefined ? {} : { error: inspection.error }),
  });
}

/** Passes on every change of detector (the supervisor's clock hangs on it) and otherwise a few reports a second. */
function throttled(report: (progress: InspectionProgress) => void): (progress: InspectionProgress) => void {
  let last: { readonly at: number; readonly detector: string | undefined } | undefined;
  return (progress) => {
    const now = performance.now();
    if (last !== undefined && last.detector === progress.detector && now - last.at < PROGRESS_INTERVAL_MILLISECONDS) return;
    last = { at: now, detector: progress.detector };
    report(progress);
  };
}

/** A detector that reports NaN is at fault; the inspection as a whole is not. */
function invalidResult({ detector, seconds }: Result): Result {
  const error = new GateError({
    code: 'detector/invalid-result',
    message: `Detector ${detector} returned something that is not a measurement.`,
    nextStep: 'Please report this with the model’s digest: it is a fault of the detector.',
  }).toData();
  const { code, message, blame, nextStep } = error;
  return {
    detector,
    outcome: 'error',
    examined: 0,
    seconds: Number.isFinite(seconds) ? seconds : 0,
    observations: [],
    measurements: [],
    reason: message,
    error: { code, message, blame, ...(nextStep === undefined ? {} : { nextStep }) },
  };
}

function share(done: number): number {
  return done > 0 ? Math.min(1, done) : 0;
}

/** A note may quote a name out of the artifact, and names may be as long as the artifact likes. */
function shortened(text: string): string {
  return text.length <= MAX_TEXT_CHARACTERS ? text : `${text.slice(0, MAX_TEXT_CHARACTERS - 1)}…`;
}

function sent({ observation, kind, title, png }: PlacedPicture): SentPicture {
  return { observation, kind, title, png: Buffer.from(png.buffer, png.byteOffset, png.byteLength).toString('base64') };
}
