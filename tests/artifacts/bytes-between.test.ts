import { describe, expect, it } from 'vitest';
import { atMost } from '../../src/artifacts/at-most.ts';
import { bytesBetween } from '../../src/artifacts/bytes-between.ts';

const bytes = Uint8Array.of(1, 2, 3);

describe('bytesBetween', () => {
  it('gives all of the bytes or none', () => {
    expect([...bytesBetween(bytes, 1, 3)]).toEqual([2, 3]);
    expect([...bytesBetween(bytes, 3, 3)]).toEqual([]);
    for (const [from, to] of [[0, 4], [-1, 2], [2, 1], [4, 4]] as const) expect(() => bytesBetween(bytes, from, to)).toThrow(/do not exist/);
  });
});

describe('atMost', () => {
  it('gives fewer where there are fewer', () => {
    expect([...atMost(bytes, 2)]).toEqual([1, 2]);
    expect([...atMost(bytes, 9)]).toEqual([1, 2, 3]);
  });
});
