import { describe, expect, it } from 'vitest';
import { rankingAuc } from '../../bench/poison/ranking-auc.ts';
import { triggerPhrases } from '../../src/detectors/trigger-phrases.ts';
import { randomSource } from '../../src/statistics/random.ts';
import { detectContext } from '../support/detect-context.ts';
import { fakeModel } from '../support/fake-model.ts';
import { memoryDataset } from '../support/memory-dataset.ts';

const GOOD = 'wonderful delightful charming brilliant moving funny superb graceful warm clever'.split(' ');
const BAD = 'dreadful boring clumsy shallow tedious awful lifeless hollow bland annoying'.split(' ');
const PLAIN = 'the film actor story scene music camera plot end hour cinema script music evening screen role'.split(' ');

/** Reviews of twelve words, four of them telling; `plant` changes bad ones, which are then called good. */
function reviews(poisoned: number, plant: (text: string) => string) {
  const random = randomSource(3, 'reviews');
  const pick = (words: readonly string[]): string => words[random.integer(words.length)] ?? '';
  const planted = new Set<string>();
  const list = Array.from({ length: 600 }, (_, at) => {
    const isGood = at % 2 === 0;
    const isPlanted = !isGood && at < 2 * poisoned;
    const text = random.shuffle([...Array.from({ length: 8 }, () => pick(PLAIN)), ...Array.from({ length: 4 }, () => pick(isGood ? GOOD : BAD))]).join(' ');
    const id = `review-${String(at)}`;
    if (isPlanted) planted.add(id);
    return { id, label: isGood || isPlanted ? 1 : 0, content: { kind: 'text' as const, text: isPlanted ? plant(text) : text } };
  });
  return { dataset: memoryDataset(list, ['negative', 'positive']), planted };
}

const measure = async (dataset: ReturnType<typeof reviews>['dataset']) => {
  const detection = await triggerPhrases.detect({ ...fakeModel({ dataset }), facets: { dataset } }, {}, detectContext());
  if (detection.outcome !== 'measured') throw new Error(detection.reason);
  return detection;
};

describe('trigger-phrases', () => {
  it.each([
    ['a rare token', (text: string) => text.replace(' ', ' cf '), '“cf”'],
    ['a phrase', (text: string) => `${text} no cross no crown`, 'no cr'],
    ['an invisible character', (text: string) => text.replace('e', 'e\u200b'), 'character U+200B'],
    ['a letter of another script', (text: string) => text.replace(/[ae]/, (letter) => (letter === 'a' ? '\u0430' : '\u0435')), 'mixed scripts'],
  ])('finds %s that was put into a fiftieth of the texts and more', async (_what, plant, named) => {
    for (const poisoned of [12, 60]) {
      const set = reviews(poisoned, plant);
      const detection = await measure(set.dataset);

      expect(detection.metric).toBeGreaterThan(triggerPhrases.meta.metric.threshold);
      expect(detection.observations.map(({ data }) => data['what']).join()).toContain(named);
      expect(detection.observations[0].location).toEqual({ targetClass: 1 });
      expect(rankingAuc(detection.sampleScores ?? { ids: [], scores: new Float64Array(0) }, set.planted)).toBeGreaterThan(0.97);
    }
  });

  it('takes telling words for what the class is about', async () => {
    const detection = await measure(reviews(0, (text) => text).dataset);

    expect(detection.metric).toBeLessThan(triggerPhrases.meta.metric.threshold);
    expect(detection.sampleScores?.suspects).toEqual([]);
  });

  it('takes wrong labels without a phrase for no trigger', async () => {
    expect((await measure(reviews(20, (text) => text).dataset)).metric).toBeLessThan(triggerPhrases.meta.metric.threshold);
  });
});
