import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { InspectionRequest } from '../../../src/inspection/inspection.ts';
import { keptWorkers } from '../../../src/inspection/supervise/kept-workers.ts';
import type { WorkerProcess } from '../../../src/inspection/supervise/worker-process.ts';

interface Fake extends WorkerProcess {
  readonly child: WorkerProcess['child'] & { readonly calls: string[] };
}

/** A process that notes what is done to it. */
function fake(state: { inspections?: number; connected?: boolean; exitCode?: number } = {}): Fake {
  const calls: string[] = [];
  const child = Object.assign(new EventEmitter(), {
    calls, connected: true, exitCode: null as number | null, signalCode: null, channel: { ref: () => undefined, unref: () => undefined }, stdout: null, stderr: null,
    ref: () => calls.push('ref'), unref: () => calls.push('unref'), kill: (signal: string) => calls.push(signal), ...state,
  });
  return { child: child as unknown as Fake['child'], output: () => '', inspections: state.inspections ?? 1 };
}

const request = (file = '/a.pt', memoryBytes = 2 ** 30): InspectionRequest => ({ file, memoryBytes }) as InspectionRequest;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a process that is kept', () => {
  it('is handed out once, and holds the event loop only while it works', () => {
    const kept = keptWorkers();
    const worker = fake();
    kept.give(request(), worker);
    expect(worker.child.calls).toEqual(['unref']);

    expect(kept.take(request())).toBe(worker);
    expect(worker.child.calls).toEqual(['unref', 'ref']);
    expect(kept.take(request())).toBeUndefined();
    vi.advanceTimersByTime(60_000);
    expect(worker.child.calls).not.toContain('SIGKILL');
  });

  it.each([['/b.pt', 2 ** 30], ['/a.pt', 2 ** 29]])('is for its own file and memory ceiling only (%s, %i)', (file, memoryBytes) => {
    const kept = keptWorkers();
    kept.give(request(), fake());

    expect(kept.take(request(file, memoryBytes))).toBeUndefined();
  });

  it.each<[string, (worker: Fake) => void]>([
    ['says something', (worker) => worker.child.emit('message', { inspection: 1, kind: 'done' })],
    ['ends', (worker) => worker.child.emit('exit', 1, null)],
    ['waits too long', () => vi.advanceTimersByTime(500)],
  ])('is killed and forgotten when it %s', (_, happens) => {
    const kept = keptWorkers();
    const worker = fake();
    kept.give(request(), worker);
    happens(worker);

    expect(worker.child.calls).toContain('SIGKILL');
    expect(kept.take(request())).toBeUndefined();
    expect(worker.child.listenerCount('message')).toBe(0);
  });

  it.each([
    ['has done its share', { inspections: 100 }],
    ['has closed its channel', { connected: false }],
    ['is gone', { exitCode: 0 }],
  ])('is not kept when it %s', (_, state) => {
    const kept = keptWorkers();
    const worker = fake(state);
    kept.give(request(), worker);

    expect(worker.child.calls).toContain('SIGKILL');
    expect(kept.take(request())).toBeUndefined();
  });

  it('is not handed out when it went while it waited', () => {
    const kept = keptWorkers();
    const worker = fake();
    kept.give(request(), worker);
    Object.assign(worker.child, { connected: false });

    expect(kept.take(request())).toBeUndefined();
  });
});
