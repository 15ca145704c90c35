import process from 'node:process';
import { Worker } from 'node:worker_threads';

/** How soon an orphan notices. */
const INTERVAL_MILLISECONDS = 500;

/**
 * Ends this process when its parent is gone, even killed (SIGKILL) and even while this process is inside a native call:
 * a run that was killed leaves nothing behind that keeps a runner's cores busy. The event loop cannot watch for that
 * because a native call blocks it, so a thread of a few lines does.
 */
export function endWithParent(): void {
  process.once('disconnect', () => process.exit(0));
  const watch = new Worker(WATCH, {
    eval: true,
    workerData: { parent: process.ppid, interval: INTERVAL_MILLISECONDS },
    env: {},
    execArgv: [],
    stdin: false,
    resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1, stackSizeMb: 1 },
  });
  // Without the watch an inspection is no less right, only less tidy when the gate is killed.
  watch.on('error', () => undefined);
  watch.unref();
}

/** POSIX gives an orphan another parent; Windows keeps the number, which then names no process. */
const WATCH = `
  const { parent, interval } = require('node:worker_threads').workerData;
  const isGone = () => {
    if (process.ppid !== parent) return true;
    try { process.kill(parent, 0); return false; } catch (error) { return error.code === 'ESRCH'; }
  };
  setInterval(() => { if (isGone()) process.kill(process.pid, 'SIGKILL'); }, interval);
`;
