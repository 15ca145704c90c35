import { describe, expect, it } from 'vitest';
import { allToOne, countEffect, learnAllToAll, pullTowardsClasses } from '../../../src/detectors/trigger-testing/label-effect.ts';

const CLASSES = [0, 1, 2, 3];
const before = CLASSES.flatMap((label) => [label, label, label]);

describe('countEffect', () => {
  it('leaves images of the target class out: they cannot be sent there', () => {
    expect(countEffect(allToOne(2, 4), before, before.map(() => 2))).toEqual({ successes: 9, trials: 9 });
    expect(countEffect(allToOne(2, 4), before, before)).toEqual({ successes: 0, trials: 9 });
  });

  it('counts a class that an all-to-all map leaves out as a failure', () => {
    const effect = { kind: 'all-to-all' as const, destination: Int32Array.of(1, 2, 3, -1) };

    expect(countEffect(effect, before, before.map((label) => (label + 1) % 4))).toEqual({ successes: 9, trials: 12 });
  });

  it('takes an answer that is no class for a failure', () => {
    expect(countEffect(allToOne(2, 4), before, before.map(() => -1))).toEqual({ successes: 0, trials: 9 });
  });
});

describe('pullTowardsClasses', () => {
  it('is the share of images of other classes that arrive', () => {
    const after = before.map((label, image) => (image % 3 === 0 ? 1 : label));

    expect([...pullTowardsClasses(4, before, after)]).toEqual([0, 3 / 9, 0, 0]);
  });

  it('is zero for a class that all images already have', () => {
    expect([...pullTowardsClasses(2, [1, 1], [1, 0])]).toEqual([0.5, 0]);
  });
});

describe('learnAllToAll', () => {
  it('learns a rotation', () => {
    expect([...(learnAllToAll(4, before, before.map((label) => (label + 1) % 4))?.destination ?? [])]).toEqual([1, 2, 3, 0]);
  });

  it('does not take an all-to-one effect, an unmoved model or scattered answers for a map', () => {
    expect(learnAllToAll(4, before, before.map(() => 2))).toBeUndefined();
    expect(learnAllToAll(4, before, before)).toBeUndefined();
    expect(learnAllToAll(4, before, before.map((_, image) => image % 4))).toBeUndefined();
  });

  it('says nothing about two classes', () => {
    expect(learnAllToAll(2, [0, 1], [1, 0])).toBeUndefined();
  });
});
