import type { seriesShapes } from '../../src/detectors/series-shapes.ts';
import type { triggerPhrases } from '../../src/detectors/trigger-phrases.ts';
import type { valueRules } from '../../src/detectors/value-rules.ts';
import type { DatasetFacet } from '../../src/model/dataset.ts';
import { detectContext } from '../../tests/support/detect-context.ts';
import { fakeModel } from '../../tests/support/fake-model.ts';
import { rankingAuc } from './ranking-auc.ts';

export interface PlantedSet {
  readonly name: string;
  readonly dataset: DatasetFacet;
  /** Null for a clean set. */
  readonly target: number | null;
  /** Ids of its samples. */
  readonly poisoned: ReadonlySet<string>;
}

/** What a detector of datasets says of one set, and whether that is so; `told` is it in words. Throws where it could not tell. */
export async function measureSet({ meta, detect }: typeof seriesShapes | typeof triggerPhrases | typeof valueRules, { name, dataset, target, poisoned }: PlantedSet) {
  const from = performance.now();
  const detection = await detect({ ...fakeModel({ dataset }), facets: { dataset } }, {}, detectContext());
  const seconds = (performance.now() - from) / 1000;
  if (detection.outcome !== 'measured') throw new Error(`${name}: ${detection.reason}`);
  const isFlagged = detection.metric > meta.metric.threshold;
  const [first] = detection.observations;
  const isRight = target === null || first.location.targetClass === target;
  const auc = detection.sampleScores === undefined ? undefined : rankingAuc(detection.sampleScores, poisoned);
  const told = [isFlagged ? (isRight ? 'flagged' : 'flagged for another class') : 'clear', `auc=${auc?.toFixed(3) ?? '-'}`, `${seconds.toFixed(1)}s`];
  return { metric: detection.metric, data: first.data, isFound: isFlagged && isRight, auc, told };
}
