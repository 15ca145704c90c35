import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { InspectionRequest } from '../inspection.ts';
import type { WorkerProcess } from './worker-process.ts';

/** Between two members nothing but the gate's own bookkeeping happens; a process that waits longer has no next one. */
const IDLE_MILLISECONDS = 500;

/** What inspections leave behind in memory adds up; after so many a new process is cheap again. */
const MAX_INSPECTIONS = 100;

/** Processes that wait for the next member of the file they have inspected a part of. */
export interface KeptWorkers {
  take(request: InspectionRequest): WorkerProcess | undefined;
  /** Keeps a process that has come to its end well, for a moment; otherwise, or later, it is killed. */
  give(request: InspectionRequest, worker: WorkerProcess): void;
}

/**
 * Members of one file come from one author and stand or fall together, so they may share a process, one after the other; members of
 * two files never do. A process that waits has nothing to say: the first word ends it. It keeps nobody waiting: the gate may end while
 * it is there, and its channel to the gate, closing, ends it too.
 */
export function keptWorkers(): KeptWorkers {
  const kept = new Map<WorkerProcess, { readonly key: string; readonly release: () => void }>();
  return {
    take(request) {
      for (const [worker, { key, release }] of kept) {
        if (key !== keyOf(request)) continue;
        release();
        if (isAlive(worker)) return worker;
      }
      return undefined;
    },
    give(request, worker) {
      const { child } = worker;
      const end = (): void => {
        release();
        child.kill('SIGKILL');
      };
      const timer = setTimeout(end, IDLE_MILLISECONDS);
      const release = (): void => {
        kept.delete(worker);
        clearTimeout(timer);
        child.off('message', end).off('exit', end);
        holdOpen(child, 'ref');
      };
      timer.unref();
      child.on('message', end).on('exit', end);
      holdOpen(child, 'unref');
      kept.set(worker, { key: keyOf(request), release });
      if (worker.inspections >= MAX_INSPECTIONS || !isAlive(worker)) end();
    },
  };
}

function keyOf({ file, memoryBytes }: InspectionRequest): string {
  return JSON.stringify([file, memoryBytes]);
}

function isAlive({ child }: WorkerProcess): boolean {
  return child.connected && child.exitCode === null && child.signalCode === null;
}

/** Whether the event loop waits for the process and its pipes. */
function holdOpen(child: ChildProcess, how: 'ref' | 'unref'): void {
  child[how]();
  child.channel?.[how]();
  for (const stream of [child.stdout, child.stderr] as (Partial<Record<'ref' | 'unref', () => void>> & Readable | null)[]) stream?.[how]?.();
}
