import process from 'node:process';
import { describe, expect, it, vi } from 'vitest';
import { parseProcStatus, parsePs, parseTasklist, residentBytes, watchMemory } from '../../src/inspection/memory-watch.ts';

describe('residentBytes', () => {
  it('sees the memory of a living process', async () => {
    expect(await residentBytes(process.pid)).toBeGreaterThan(10 * 2 ** 20);
  });

  it('knows nothing of a process that is gone', async () => {
    // Above the largest process id of any Linux (2^22).
    expect(await residentBytes(2 ** 22 + 1)).toBeUndefined();
  });

  it('reads what Linux says, swapped pages included', () => {
    expect(parseProcStatus('Name:\tnode\nVmPeak:\t 9999999 kB\nVmRSS:\t   1000 kB\nVmSwap:\t     24 kB\n')).toBe(1024 * 1024);
    expect(parseProcStatus('Name:\tnode\nState:\tZ (zombie)\n')).toBeUndefined();
  });

  it('reads what ps says', () => {
    expect(parsePs('  2048\n')).toBe(2048 * 1024);
    expect(parsePs('')).toBeUndefined();
  });

  it.each(['81,234 K', '81.234 K', '81 234 K', '81\u00a0234 K', "81'234 K"])('reads what Windows says: %s', (memory) => {
    expect(parseTasklist(`"node.exe","1234","Console","1","${memory}"\r\n`)).toBe(81_234 * 1024);
  });

  it('takes a message of Windows for no number', () => {
    expect(parseTasklist('INFO: No tasks are running which match the specified criteria.\r\n')).toBeUndefined();
  });
});

describe('watchMemory', () => {
  it('calls once, with what was seen, when the ceiling is passed', async () => {
    const sizes = [10, 100, 101, 500];
    const seen = await new Promise<number>((resolve) => {
      watchMemory(1, 100, resolve, () => Promise.resolve(sizes.shift()));
    });

    expect(seen).toBe(101);
    expect(sizes).toEqual([500]);
  });

  it('is silent after it was stopped, even when a look was under way', async () => {
    const exceeded = vi.fn();
    let answer: (bytes: number) => void = () => undefined;
    const stop = watchMemory(1, 100, exceeded, () => new Promise((resolve) => (answer = resolve)));
    stop();
    answer(1000);
    await new Promise((resolve) => setImmediate(resolve));

    expect(exceeded).not.toHaveBeenCalled();
  });
});
