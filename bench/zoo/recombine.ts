import { detectors } from '../../src/detectors/index.ts';
import { runDetector } from '../../src/inspection/run-detector.ts';
import type { Model } from '../../src/model/model.ts';
import { randomSource } from '../../src/statistics/random.ts';
import type { MeasuredModel } from './measure-models.ts';
import { withDefaults } from './quiet-inspection.ts';

/**
 * The same measurements with the answers of the detectors that join others made anew: after a new fit, nothing has to be
 * measured again.
 */
export async function recombine(measured: MeasuredModel, withSamples: boolean): Promise<MeasuredModel> {
  const combining = detectors.filter(({ meta }) => meta.family === 'combined');
  const results = measured.results.filter(({ detector }) => !combining.some(({ meta }) => meta.id === detector));
  const facets = { classifier: {}, ...(withSamples ? { samples: {} } : {}) };
  const model = { facets, absences: {}, problems: {} } as unknown as Model;
  for (const detector of combining) {
    const context = {
      random: (label: string) => randomSource(0, label), signal: new AbortController().signal, progress: () => undefined,
      suspiciousInputs: [], sampleScores: [], results, pictures: [],
    };
    results.push((await runDetector(detector, { ...withDefaults(detector), weighedBy: [] }, model, context, () => performance.now())).result);
  }
  return { ...measured, results };
}
