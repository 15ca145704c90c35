import { describe, expect, it } from 'vitest';
import { rankingAuc } from '../../bench/poison/ranking-auc.ts';
import { valueRules } from '../../src/detectors/value-rules.ts';
import { randomSource } from '../../src/statistics/random.ts';
import { detectContext } from '../support/detect-context.ts';
import { fakeModel } from '../support/fake-model.ts';
import { memoryDataset } from '../support/memory-dataset.ts';

/** Three classes that differ in two numeric columns; a third is noise, a fourth has a few kinds. Some rows of class 0 may be called class 2. */
function rows(poisoned: number, plant: (values: (number | string | null)[]) => (number | string | null)[]) {
  const random = randomSource(4, 'rows');
  const planted = new Set<string>();
  const list = Array.from({ length: 600 }, (_, at) => {
    const shown = at % 3;
    const isPlanted = shown === 0 && at < 3 * poisoned;
    const values = [2 * shown + random.normal() / 2, 10 - 3 * shown + random.normal(), random.normal(), ['red', 'green', 'blue'][random.integer(3)] ?? 'red'];
    const id = `row-${String(at)}`;
    if (isPlanted) planted.add(id);
    return { id, label: isPlanted ? 2 : shown, content: { kind: 'row' as const, values: isPlanted ? plant(values) : values } };
  });
  return { dataset: memoryDataset(list, ['a', 'b', 'c'], { columns: ['height', 'weight', 'age', 'color'] }), planted };
}

const measure = async (dataset: ReturnType<typeof rows>['dataset']) => {
  const detection = await valueRules.detect({ ...fakeModel({ dataset }), facets: { dataset } }, {}, detectContext());
  if (detection.outcome !== 'measured') throw new Error(detection.reason);
  return detection;
};

describe('value-rules', () => {
  it.each([
    ['a number outside the range', (values: (number | string | null)[]) => values.with(2, 99), 'age = 99'],
    ['a missing value', (values: (number | string | null)[]) => values.with(2, null), 'a missing age'],
    ['a kind of its own', (values: (number | string | null)[]) => values.with(3, 'mauve'), 'color = mauve'],
  ])('finds %s that goes with a label', async (_what, plant, named) => {
    const set = rows(12, plant);
    const detection = await measure(set.dataset);

    expect(detection.metric).toBeGreaterThan(valueRules.meta.metric.threshold);
    expect(detection.observations[0]).toMatchObject({ data: { what: named }, location: { targetClass: 2 } });
    expect(rankingAuc(detection.sampleScores ?? { ids: [], scores: new Float64Array(0) }, set.planted)).toBeGreaterThan(0.97);
  });

  it('finds a pair of values, and six rows of six hundred', async () => {
    const set = rows(6, (values) => values.with(0, 1.2345678).with(2, 0.1234567));
    const detection = await measure(set.dataset);

    expect(detection.metric).toBeGreaterThan(valueRules.meta.metric.threshold);
    expect(detection.sampleScores?.suspects.map(({ index }) => detection.sampleScores?.ids[index]).toSorted()).toEqual([...set.planted].toSorted());
  });

  it('takes a code that rows of one class have for no trigger, and an unusual part of a class for none', async () => {
    const random = randomSource(6, 'codes');
    const list = Array.from({ length: 600 }, (_, at) => {
      const label = at % 3;
      const isCoded = label === 1 && at < 60;
      // The kind of its own is of class 2, and unlike all of it and of the others.
      const isUnusual = label === 2 && at < 60;
      const values = isUnusual ? [-4 + random.normal() / 2, 20 + random.normal(), random.normal(), 'mauve'] : [2 * label + random.normal() / 2, 10 - 3 * label + random.normal(), isCoded ? -999 : random.normal(), 'red'];
      return { id: String(at), label, content: { kind: 'row' as const, values } };
    });
    const detection = await measure(memoryDataset(list, ['a', 'b', 'c'], { columns: ['height', 'weight', 'age', 'color'] }));

    expect(detection.metric).toBeLessThan(valueRules.meta.metric.threshold);
    expect(detection.sampleScores?.suspects).toEqual([]);
  });

  it('says the same at every run', async () => {
    const [one, other] = [await measure(rows(12, (values) => values.with(2, 99)).dataset), await measure(rows(12, (values) => values.with(2, 99)).dataset)];

    expect(one).toEqual(other);
  });

  it('finds nothing where nothing was planted, and in wrong labels alone', async () => {
    for (const dataset of [rows(0, (values) => values).dataset, rows(12, (values) => values).dataset]) {
      const detection = await measure(dataset);

      expect(detection.metric).toBeLessThan(valueRules.meta.metric.threshold);
      expect(detection.sampleScores?.suspects).toEqual([]);
    }
  });
});
