import { fork, type ChildProcess } from 'node:child_process';
import path from 'node:path';
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

/** A process that inspects one artifact at a time. */
export interface WorkerProcess {
  readonly child: ChildProcess;
  /** What it has printed, for telling how it ended. */
  readonly output: () => string;
  /** How many inspections it was asked for; the number of the one it is at. */
  inspections: number;
}

/**
 * Share of the memory ceiling that V8's own heap may take. Past it V8 ends the process itself, at once, where the watch
 * from outside would see it a moment later; the rest is for tensors and the engine, which live outside that heap.
 */
const HEAP_SHARE = 0.75;

export function startWorker(program: WorkerProgram, memoryBytes: number): WorkerProcess {
  const heapMebibytes = Math.max(64, Math.floor((memoryBytes * HEAP_SHARE) / 2 ** 20));
  const child = fork(program.workerFile, [], {
    // A folder of modelgate's own: nothing that a library looks for in the current folder comes from the repository.
    cwd: path.dirname(program.workerFile),
    env: workerEnvironment(program.environment),
    execArgv: [...program.execArgv, `--max-old-space-size=${heapMebibytes}`],
    serialization: 'json',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  // Whatever goes wrong with a process that waits is told when somebody asks it.
  child.on('error', () => undefined);
  return { child, output: captureOutput(child), inspections: 0 };
}
