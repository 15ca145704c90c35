import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface WorkerProgram {
  /** Absolute path of the process entry. */
  readonly workerFile: string;
  /** Flags for Node. */
  readonly execArgv: readonly string[];
}

/** The entry of the inspection process: the bundle beside this one, or, run from source, the TypeScript file. */
export function workerProgram(): WorkerProgram {
  const bundled = fileURLToPath(new URL('worker.js', import.meta.url));
  if (existsSync(bundled)) return { workerFile: bundled, execArgv: [] };
  return { workerFile: fileURLToPath(new URL('worker.ts', import.meta.url)), execArgv: ['--import', 'tsx'] };
}
