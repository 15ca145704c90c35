import { fork, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import type { GateErrorData } from '../../errors.ts';
import type { Pictures, Result } from '../../report.ts';
import type { InspectionProgress, InspectionRequest } from '../inspection.ts';
import { watchMemory } from '../memory-watch.ts';
import { parseWorkerMessage, type Described, type MessageFromWorker, type MessageToWorker } from '../worker-messages.ts';
import { acceptPictures } from './accept-pictures.ts';
import { captureOutput } from './capture-output.ts';
import { workerEnvironment } from './worker-environment.ts';

export interface WorkerProgram {
  /** Absolute path of the process entry. */
  readonly workerFile: string;
  /** For running from TypeScript source: `['--import', 'tsx']`. */
  readonly execArgv: readonly string[];
  /** The gate's own environment, of which the worker gets only what its platform needs to run at all. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** How one process ended. `running` is the detector that was at work, as far as the process said. */
export type WorkerEnding =
  | { readonly kind: 'done'; readonly described: Described; readonly error?: GateErrorData }
  | { readonly kind: 'failed'; readonly error: GateErrorData }
  | { readonly kind: 'cancelled' | 'deadline' | 'detector-timeout'; readonly running: string | undefined }
  | { readonly kind: 'memory'; readonly running: string | undefined; readonly bytes: number | undefined }
  | { readonly kind: 'crashed'; readonly running: string | undefined; readonly how: string };

export interface WorkerRun {
  readonly program: WorkerProgram;
  readonly request: InspectionRequest;
  readonly skipDetectors: readonly string[];
  readonly signal: AbortSignal;
  readonly deadlineMilliseconds: number;
  /** Milliseconds after which the process is killed while this detector is at work. */
  readonly detectorMilliseconds: (detector: string) => number;
  readonly onProgress: (progress: InspectionProgress) => void;
  readonly onDescribed: (described: Described) => void;
  readonly onResult: (result: Result, pictures: Pictures) => void;
}

/**
 * Share of the memory ceiling that V8's own heap may take. Past it V8 ends the process itself, at once, where the watch
 * from outside would see it a moment later; the rest is for tensors and the engine, which live outside that heap.
 */
const HEAP_SHARE = 0.75;

/** After a process has ended, its last words may still be in the pipe; a pipe that stays open is not waited for. */
const CLOSE_MILLISECONDS = 2000;

/** Runs one inspection process to its end, whatever that is. Never rejects; the process is gone when it resolves. */
export function runWorker(run: WorkerRun): Promise<WorkerEnding> {
  return new Promise((resolve) => {
    const child = start(run);
    const output = captureOutput(child);
    let running: string | undefined;
    let ending: WorkerEnding | undefined;
    let detectorTimer: NodeJS.Timeout | undefined;
    let stopMemoryWatch: (() => void) | undefined;

    const end = (how: WorkerEnding): void => {
      ending ??= how;
      child.kill('SIGKILL');
    };
    const broken = (what: string): void => end({ kind: 'crashed', running, how: what });

    const handle = (message: MessageFromWorker): void => {
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
        case 'done':
          return end({ kind: 'done', described: message.described, ...(message.error === undefined ? {} : { error: message.error }) });
        case 'failed':
          return end({ kind: 'failed', error: message.error });
      }
    };

    const onAbort = (): void => end({ kind: 'cancelled', running });
    run.signal.addEventListener('abort', onAbort, { once: true });
    const deadlineTimer = setTimeout(() => end({ kind: 'deadline', running }), run.deadlineMilliseconds);

    child.on('spawn', () => {
      if (child.pid !== undefined) {
        stopMemoryWatch = watchMemory(child.pid, run.request.memoryBytes, (bytes) => end({ kind: 'memory', running, bytes }));
      }
    });
    child.on('message', (value) => {
      if (ending !== undefined) return;
      const message = parseWorkerMessage(value);
      if (message === undefined) broken('sent something that is no message of an inspection');
      else handle(message);
    });

    let isSettled = false;
    const settle = (code: number | null, signal: NodeJS.Signals | null): void => {
      if (isSettled) return;
      isSettled = true;
      clearTimeout(detectorTimer);
      clearTimeout(deadlineTimer);
      stopMemoryWatch?.();
      run.signal.removeEventListener('abort', onAbort);
      if (child.connected) child.disconnect();
      resolve(ending ?? endedByItself(running, code, signal, output()));
    };
    // Not 'exit': results that were sent before a crash are still being delivered then.
    child.on('close', settle);
    child.on('exit', (code, signal) => setTimeout(() => settle(code, signal), CLOSE_MILLISECONDS).unref());
    child.on('error', (error) => {
      ending ??= { kind: 'crashed', running, how: `could not be started or spoken to: ${error.message}` };
      child.kill('SIGKILL');
      if (child.pid === undefined) settle(null, null);
    });

    const message: MessageToWorker = { kind: 'inspect', request: run.request, skipDetectors: run.skipDetectors };
    // The callback keeps a process that dies before it reads from raising an unhandled error; 'close' tells of it.
    child.send(message, () => undefined);
  });
}

function start({ program, request }: WorkerRun): ChildProcess {
  const heapMebibytes = Math.max(64, Math.floor((request.memoryBytes * HEAP_SHARE) / 2 ** 20));
  return fork(program.workerFile, [], {
    // A folder of modelgate's own: nothing that a library looks for in the current folder comes from the repository.
    cwd: path.dirname(program.workerFile),
    env: workerEnvironment(program.environment),
    execArgv: [...program.execArgv, `--max-old-space-size=${heapMebibytes}`],
    serialization: 'json',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
}

function isRequested({ request, skipDetectors }: WorkerRun, detector: string): boolean {
  return request.detectors.some(({ id }) => id === detector) && !skipDetectors.includes(detector);
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
