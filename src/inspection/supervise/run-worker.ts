import type { GateErrorData } from '../../errors.ts';
import type { Pictures, Result } from '../../report.ts';
import type { InspectionProgress, InspectionRequest } from '../inspection.ts';
import { watchMemory } from '../memory-watch.ts';
import { parseWorkerMessage, type Described, type MessageToWorker, type WorkerAnswer } from '../worker-messages.ts';
import { acceptPictures } from './accept-pictures.ts';
import { startWorker, type WorkerProcess, type WorkerProgram } from './worker-process.ts';

/** How one inspection ended. `running` is the detector that was at work, as far as the process said; `worker` is still there and waits. */
export type WorkerEnding =
  | { readonly kind: 'done'; readonly described: Described; readonly error?: GateErrorData; readonly worker?: WorkerProcess }
  | { readonly kind: 'failed'; readonly error: GateErrorData; readonly worker?: WorkerProcess }
  | { readonly kind: 'cancelled' | 'deadline' | 'detector-timeout'; readonly running: string | undefined }
  | { readonly kind: 'memory'; readonly running: string | undefined; readonly bytes: number | undefined }
  | { readonly kind: 'crashed'; readonly running: string | undefined; readonly how: string };

export interface WorkerRun {
  readonly program: WorkerProgram;
  /** A process that waits; without one a new one is started. */
  readonly worker: WorkerProcess | undefined;
  /** Whether the process may go on to another inspection after this one. */
  readonly mayBeKept: (described: Described) => boolean;
  readonly request: InspectionRequest;
  readonly earlierResults: readonly Result[];
  readonly signal: AbortSignal;
  readonly deadlineMilliseconds: number;
  /** Milliseconds after which the process is killed while this detector is at work. */
  readonly detectorMilliseconds: (detector: string) => number;
  readonly onProgress: (progress: InspectionProgress) => void;
  readonly onDescribed: (described: Described) => void;
  readonly onResult: (result: Result, pictures: Pictures) => void;
}

/** After a process has ended, its last words may still be in the pipe; a pipe that stays open is not waited for. */
const CLOSE_MILLISECONDS = 2000;

/** Runs one inspection to its end, whatever that is. Never rejects; the process is gone when it resolves, unless the ending hands it back. */
export function runWorker(run: WorkerRun): Promise<WorkerEnding> {
  return new Promise((resolve) => {
    const worker = run.worker ?? startWorker(run.program, run.request.memoryBytes);
    const { child, output } = worker;
    worker.inspections += 1;
    const inspection = worker.inspections;
    let running: string | undefined;
    let ending: WorkerEnding | undefined;
    let detectorTimer: NodeJS.Timeout | undefined;
    let stopMemoryWatch: (() => void) | undefined;

    const end = (how: WorkerEnding): void => {
      ending ??= how;
      child.kill('SIGKILL');
    };
    const broken = (what: string): void => end({ kind: 'crashed', running, how: what });

    const handle = (message: WorkerAnswer): void => {
      switch (message.kind) {
        case 'progress': {
          const { detector, done, what } = message;
          if (detector !== undefined && !isRequested(run, detector)) return broken('spoke of a detector nobody asked for');
          if (detector !== undefined && detector !== running) {
            running = detector;
            clearTimeout(detectorTimer);
            detectorTimer = setTimeout(() => end({ kind: 'detector-timeout', running }), run.detectorMilliseconds(detector));
          }
          return run.onProgress({ path: run.request.path, ...(detector === undefined ? {} : { detector }), done, what });
        }
        case 'described':
          return run.onDescribed(message.described);
        case 'result': {
          if (!isRequested(run, message.result.detector)) return broken('answered for a detector nobody asked for');
          const accepted = acceptPictures(message.result, message.pictures, run.request);
          if (accepted === undefined) return broken('sent pictures that are none of its result');
          running = undefined;
          clearTimeout(detectorTimer);
          return run.onResult(accepted.result, accepted.pictures);
        }
        case 'done': {
          const done = { kind: 'done', described: message.described, ...(message.error === undefined ? {} : { error: message.error }) } as const;
          return run.mayBeKept(message.described) ? handBack({ ...done, worker }) : end(done);
        }
        case 'failed': {
          const failed = { kind: 'failed', error: message.error } as const;
          // A file that cannot be read says nothing about the process that tried.
          return run.request.within !== undefined && message.error.code.startsWith('format/') ? handBack({ ...failed, worker }) : end(failed);
        }
      }
    };

    const onAbort = (): void => end({ kind: 'cancelled', running });
    run.signal.addEventListener('abort', onAbort, { once: true });
    const deadlineTimer = setTimeout(() => end({ kind: 'deadline', running }), run.deadlineMilliseconds);

    const onSpawn = (): void => {
      if (child.pid !== undefined) stopMemoryWatch = watchMemory(child.pid, run.request.memoryBytes, (bytes) => end({ kind: 'memory', running, bytes }));
    };
    if (run.worker === undefined) child.on('spawn', onSpawn);
    else onSpawn();
    const onMessage = (value: unknown): void => {
      if (ending !== undefined) return;
      const message = parseWorkerMessage(value);
      if (message === undefined) broken('sent something that is no message of an inspection');
      else if (message.inspection !== inspection) broken('spoke of another inspection than it was asked for');
      else handle(message);
    };
    child.on('message', onMessage);

    let isSettled = false;
    const forget = (): void => {
      isSettled = true;
      clearTimeout(detectorTimer);
      clearTimeout(deadlineTimer);
      stopMemoryWatch?.();
      run.signal.removeEventListener('abort', onAbort);
    };
    const settle = (code: number | null, signal: NodeJS.Signals | null): void => {
      if (isSettled) return;
      forget();
      if (child.connected) child.disconnect();
      resolve(ending ?? endedByItself(running, code, signal, output()));
    };
    const onExit = (code: number | null, signal: NodeJS.Signals | null): void => void setTimeout(() => settle(code, signal), CLOSE_MILLISECONDS).unref();
    const onError = (error: Error): void => {
      ending ??= { kind: 'crashed', running, how: `could not be started or spoken to: ${error.message}` };
      child.kill('SIGKILL');
      if (child.pid === undefined) settle(null, null);
    };
    // Not 'exit': results that were sent before a crash are still being delivered then.
    child.on('close', settle);
    child.on('exit', onExit);
    child.on('error', onError);
    const handBack = (how: WorkerEnding): void => {
      ending = how;
      forget();
      child.off('spawn', onSpawn).off('message', onMessage).off('close', settle).off('exit', onExit).off('error', onError);
      resolve(how);
    };

    const message: MessageToWorker = { kind: 'inspect', inspection, request: run.request, earlierResults: run.earlierResults };
    // The callback keeps a process that dies before it reads from raising an unhandled error; 'close' tells of it.
    child.send(message, () => undefined);
  });
}

function isRequested({ request, earlierResults }: WorkerRun, detector: string): boolean {
  return request.detectors.some(({ id }) => id === detector) && !earlierResults.some((earlier) => earlier.detector === detector);
}

function endedByItself(running: string | undefined, code: number | null, signal: NodeJS.Signals | null, output: string): WorkerEnding {
  // V8 says so on standard error and aborts.
  if (/heap out of memory|Zone Allocation failed|invalid array length Allocation failed/.test(output)) {
    return { kind: 'memory', running, bytes: undefined };
  }
  const how =
    signal === 'SIGKILL' ? 'was ended by SIGKILL from outside, as a system does that runs out of memory'
    : signal !== null ? `was ended by ${signal}`
    : `ended early with exit code ${String(code)}`;
  const lastLine = output.trim().split('\n').at(-1)?.trim() ?? '';
  return { kind: 'crashed', running, how: lastLine === '' || signal !== null ? how : `${how}: ${lastLine.slice(0, 200)}` };
}
