import { GateError, type GateErrorCode, type GateErrorData } from '../../errors.ts';
import type { Result } from '../../report.ts';
import type { InspectionRequest } from '../inspection.ts';
import { timeUsedUp } from '../time-used-up.ts';
import type { WorkerEnding } from './run-worker.ts';

export type Interruption = Exclude<WorkerEnding, { kind: 'done' | 'failed' }>;

/** An ending that nobody wanted, as an error of the gate's closed list. */
export function interruptionError(ending: Interruption, request: InspectionRequest): GateErrorData {
  const [code, message, nextStep] = describe(ending, request);
  return new GateError({ code, message, nextStep, where: { artifact: request.path } }).toData();
}

function describe(ending: Interruption, request: InspectionRequest): [code: GateErrorCode, message: string, nextStep: string] {
  const during = ending.running === undefined ? '' : ` while ${ending.running} ran`;
  switch (ending.kind) {
    case 'cancelled':
      return ['inspection/cancelled', 'The run was cancelled.', 'Run it again to the end.'];
    case 'deadline':
      return [
        'inspection/timed-out',
        `${timeUsedUp(request.deadlineSeconds)}${during}.`,
        'Give a larger budget, or enable fewer detectors for this artifact.',
      ];
    case 'detector-timeout': {
      const seconds = request.detectors.find(({ id }) => id === ending.running)?.timeoutSeconds;
      return [
        'inspection/timed-out',
        `${ending.running ?? 'A detector'} did not answer within its ${String(seconds)} s and was stopped.`,
        'Raise its timeoutSeconds in the policy, or give fewer samples.',
      ];
    }
    case 'memory':
      return [
        'inspection/memory-exceeded',
        `The inspection took more than ${mebibytes(request.memoryBytes)} MiB of memory${during} and was stopped.`,
        'Treat the file as an attack on the scanner, unless the model is known to be this large; then disable for it the detectors that run it, or gate a smaller version.',
      ];
    case 'crashed':
      return [
        'inspection/crashed',
        `The inspection process ${ending.how}${during}.`,
        'Run again; if it happens again, do not trust the artifact, and report its digest to modelgate.',
      ];
  }
}

/**
 * The result of a detector that was not allowed to finish. Running out of time or memory is "could not tell"; a crash is
 * an error, because code of ours or of the engine failed.
 */
export function interruptedResult(detector: string, error: GateErrorData, seconds: number): Result {
  return {
    detector,
    outcome: error.code === 'inspection/timed-out' || error.code === 'inspection/memory-exceeded' || error.code === 'inspection/cancelled' ? 'inconclusive' : 'error',
    examined: 0,
    seconds,
    observations: [],
    measurements: [],
    reason: error.message,
    error: { ...error, ...(error.where === undefined ? {} : { where: { ...error.where } }) },
  };
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}
