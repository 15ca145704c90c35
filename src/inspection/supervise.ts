import { MAX_INSPECTION_PICTURE_BYTES } from '../artifacts/limits.ts';
import type { GateErrorData } from '../errors.ts';
import type { Result } from '../report.ts';
import type { Inspect, Inspection, InspectionRequest } from './inspection.ts';
import { interruptedResult, interruptionError } from './supervise/interrupted-result.ts';
import { keptWorkers } from './supervise/kept-workers.ts';
import { runWorker, type WorkerEnding } from './supervise/run-worker.ts';
import { withinPictureBudget } from './within-picture-budget.ts';
import type { Described } from './worker-messages.ts';

export interface SupervisorOptions {
  /** Absolute path of the process entry: `dist/worker.js`, or `src/inspection/worker.ts` together with tsx. */
  readonly workerFile: string;
  /** Flags for Node, such as `['--import', 'tsx']`. */
  readonly execArgv?: readonly string[];
  /** The gate's environment; the process gets none of it but what the platform needs. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
}

/**
 * A detector looks at its clock between runs of the graph and stops by itself at its timeout. It is killed only when it
 * is this much later, because then it hangs: half as much again, and a second for a machine under load.
 */
const HARD_TIMEOUT_FACTOR = 1.5;
const HARD_TIMEOUT_EXTRA_MILLISECONDS = 1000;

/** setTimeout fires at once for anything longer. */
const MAX_TIMER_MILLISECONDS = 2 ** 31 - 1;

/**
 * Inspects each artifact in a process of its own. A thread would not do: it cannot be stopped inside a native call, its
 * native memory cannot be capped, and a crash of native code would take the gate with it. Results arrive one by one, so
 * what a process found before it was stopped is kept; the detectors after the one that stopped it run in a new process.
 * Members of one file share a process, one after the other: each with its own deadline, and each with a process of its own once
 * the shared one breaks, so that what others left in its memory is never blamed on one.
 */
export function createSupervisor(options: SupervisorOptions): Inspect {
  const now = options.now ?? (() => performance.now());
  const kept = keptWorkers();
  const program = { workerFile: options.workerFile, execArgv: options.execArgv ?? [], environment: options.environment ?? {} };

  return async (request, { signal, onProgress }) => {
    const deadline = now() + request.deadlineSeconds * 1000;
    const results = new Map<string, Result>();
    const pictures = new Map<string, Uint8Array>();
    const notes: string[] = [];
    let described: Described | undefined;
    let isAlone = request.within === undefined;

    const pending = (): string[] => request.detectors.map(({ id }) => id).filter((id) => !results.has(id));
    const close = (error: GateErrorData | undefined, ofPending: GateErrorData | undefined = error): Inspection => {
      for (const id of pending()) results.set(id, interruptedResult(id, ofPending ?? withoutResult(id, request), 0));
      return withinPictureBudget({ ...assemble(request, described, notes, results, error), pictures }, MAX_INSPECTION_PICTURE_BYTES);
    };

    for (;;) {
      if (signal.aborted) return close(interruptionError({ kind: 'cancelled', running: undefined }, request));
      let runningSince = now();
      let running: string | undefined;
      const before = results.size;
      const worker = isAlone ? undefined : kept.take(request);
      isAlone = true;
      const ending = await runWorker({
        program,
        worker,
        // An engine keeps what it has allocated; a process that ran one is not asked again.
        mayBeKept: ({ members, engine }) => request.dataset === undefined && engine === undefined && (request.within !== undefined || (members?.length ?? 0) > 0),
        request,
        earlierResults: [...results.values()],
        signal,
        deadlineMilliseconds: timer(deadline - now()),
        detectorMilliseconds: (detector) => hardTimeout(request, detector),
        onProgress: (progress) => {
          if (progress.detector !== running) [running, runningSince] = [progress.detector, now()];
          onProgress(progress);
        },
        onDescribed: (latest) => (described = latest),
        onResult: (result, itsPictures) => {
          results.set(result.detector, result);
          for (const [digest, bytes] of itsPictures) pictures.set(digest, bytes);
        },
      });

      if ('worker' in ending && ending.worker !== undefined) kept.give(request, ending.worker);
      if (ending.kind === 'done') {
        described = ending.described;
        return close(ending.error);
      }
      if (worker !== undefined && isByWhatWasLeft(ending)) continue;
      if (ending.kind === 'failed') return close(ending.error);

      const error = interruptionError(ending, request);
      if (ending.kind === 'cancelled') return close(error);
      // Before the model is read there is nothing to go on with.
      if (described === undefined) return close(error);
      // No detector is to blame, and a process that finished none would be followed by another of its kind.
      const isStuck = ending.running === undefined && results.size === before;
      if (ending.kind === 'deadline' || isStuck) return close(undefined, error);

      if (ending.running !== undefined) {
        results.set(ending.running, interruptedResult(ending.running, error, (now() - runningSince) / 1000));
      }
      if (pending().length === 0) return close(undefined);
      notes.push(`${error.message} The remaining detectors ran in a new process, without the suspicious inputs found before.`);
    }
  };
}

/** Whether a process broke that others had used before: what they left in it may be why, and one of its own will tell. */
function isByWhatWasLeft(ending: WorkerEnding): boolean {
  return ending.kind === 'crashed' || ending.kind === 'memory' || (ending.kind === 'failed' && ending.worker === undefined);
}

function hardTimeout(request: InspectionRequest, detector: string): number {
  const seconds = request.detectors.find(({ id }) => id === detector)?.timeoutSeconds ?? request.deadlineSeconds;
  return timer(seconds * 1000 * HARD_TIMEOUT_FACTOR + HARD_TIMEOUT_EXTRA_MILLISECONDS);
}

function timer(milliseconds: number): number {
  return Math.min(MAX_TIMER_MILLISECONDS, Math.max(0, milliseconds));
}

/** A process that says it is done and left a detector out broke its contract; silence is never clear. */
function withoutResult(detector: string, request: InspectionRequest): GateErrorData {
  return {
    code: 'detector/invalid-result',
    message: `The inspection ended without a result of ${detector}.`,
    blame: 'tool',
    where: { artifact: request.path },
    nextStep: 'Please report this with the model’s digest: it is a fault of modelgate.',
  };
}

function assemble(
  request: InspectionRequest,
  described: Described | undefined,
  notes: readonly string[],
  results: ReadonlyMap<string, Result>,
  error: GateErrorData | undefined,
): Inspection {
  const { format, engine, baselineCompanions, members, dataset, samplesRoot, claimed } = described ?? {};
  return {
    ...(format === undefined ? {} : { format }),
    ...(engine === undefined ? {} : { engine }),
    notes: [...(described?.notes ?? []), ...notes],
    companions: described?.companions ?? [],
    ...(baselineCompanions === undefined ? {} : { baselineCompanions }),
    ...(members === undefined ? {} : { members }),
    ...(dataset === undefined ? {} : { dataset }),
    ...(samplesRoot === undefined ? {} : { samplesRoot }),
    ...(claimed === undefined ? {} : { claimed }),
    results: request.detectors.flatMap(({ id }) => results.get(id) ?? []),
    ...(error === undefined ? {} : { error }),
  };
}
