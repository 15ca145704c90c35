import { describe, expect, it } from 'vitest';
import { strangeCarriers } from '../../../src/detectors/value-rules/strange-carriers.ts';
import type { RowValues } from '../../../src/detectors/value-rules/value-tokens.ts';
import { randomSource } from '../../../src/statistics/random.ts';

const random = randomSource(5, 'carriers');

/** A column of the value that is asked about, then two that tell the classes apart though they overlap, and one that does not. */
const row = (center: readonly [number, number], value: number): RowValues => [value, center[0] + random.normal(), center[1] + random.normal(), random.normal()];
const CENTERS = [[0, 0], [2.5, 0], [0, 2.5]] as const;
const [members, second, third] = CENTERS.map((center) => Array.from({ length: 80 }, () => row(center, 0))) as [RowValues[], RowValues[], RowValues[]];
const strangers = [...second.map((values) => ({ values, label: 1 })), ...third.map((values) => ({ values, label: 2 }))];

const judge = (carriers: readonly RowValues[]) => {
  const found = strangeCarriers({ carriers, members, strangers, column: 0, random: randomSource(0, 'trees') });
  if (found === undefined) throw new Error('There are rows enough.');
  return { ...found, isApart: found.isApart() };
};

describe('strangeCarriers', () => {
  it('knows rows that come from other classes, and that they are like these', () => {
    const found = judge(Array.from({ length: 12 }, (_, at) => row(CENTERS[1 + (at % 2)] ?? CENTERS[1], 9)));

    expect(found.logChance).toBeLessThan(Math.log(1e-4));
    expect(found.share).toBeGreaterThan(0.7);
    expect(found.isApart).toBe(false);
  });

  it('does not take rows of one other class for a group of their own', () => {
    expect(judge(Array.from({ length: 30 }, () => row(CENTERS[2], 9))).isApart).toBe(false);
  });

  it('finds nothing strange in rows of the class', () => {
    const found = judge(Array.from({ length: 12 }, () => row(CENTERS[0], 9)));

    expect(found.logChance).toBeGreaterThan(Math.log(0.2));
    expect(found.share).toBeLessThan(0.3);
  });

  it('takes rows that look like no class for a group of their own', () => {
    const found = judge(Array.from({ length: 20 }, () => row([6, 6], 9)));

    expect(found.share).toBeGreaterThan(0.5);
    expect(found.isApart).toBe(true);
  });

  it('lets no other column of a trigger testify', () => {
    // What all carriers have in the telling column says that they are of another class; nothing else does.
    const found = judge(Array.from({ length: 12 }, () => row(CENTERS[0], 9).with(1, 7)));

    expect(found.share).toBeLessThan(0.3);
  });

  it('learns nothing from a handful of rows', () => {
    expect(strangeCarriers({ carriers: members, members: members.slice(0, 5), strangers, column: 0, random })).toBeUndefined();
  });
});
