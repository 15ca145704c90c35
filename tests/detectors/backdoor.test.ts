import { Value } from '@sinclair/typebox/value';
import { describe, expect, it } from 'vitest';
import { backdoor } from '../../src/detectors/backdoor.ts';
import json from '../../src/detectors/backdoor.model.json' with { type: 'json' };
import type { EvidenceModel, EvidenceRegime } from '../../src/detectors/backdoor/combine-evidence.ts';
import type { Facets } from '../../src/model/facets.ts';
import type { Result } from '../../src/report.ts';
import { detectContext } from '../support/detect-context.ts';
import { fakeModel } from '../support/fake-model.ts';
import { toyClassifier, toySamples } from '../support/toy-classifier.ts';

const evidenceModel = json as EvidenceModel;
const options = Value.Create(backdoor.options) as Parameters<typeof backdoor.detect>[1];

/** Results with every term far beyond clean models ('much') or as it is in most of them ('nothing'). */
function results(level: 'much' | 'nothing', regime: EvidenceRegime): Result[] {
  const ids = [...new Set(regime.terms.map(({ detector }) => detector))];
  return ids.map((detector): Result => {
    const terms = regime.terms.filter((term) => term.detector === detector);
    const at = (term: (typeof terms)[number]): number => (level === 'much' ? term.ordinary + 9 * term.spread : term.ordinary);
    const metric = terms.find(({ measurement }) => measurement === 'metric');
    return {
      detector, outcome: 'clear', examined: 8, seconds: 0, observations: [],
      metric: { name: 'm', unit: 'u', value: metric === undefined ? 0 : at(metric), threshold: 1, flaggedWhen: 'above' },
      measurements: [
        { name: 'attack success rate', value: 0.97, location: { targetClass: 3 } },
        ...terms.filter(({ measurement }) => measurement !== 'metric').map((term) => ({ name: term.measurement, value: at(term), location: { targetClass: 3 } })),
      ],
    };
  });
}

async function combine(given: readonly Result[], samples = true) {
  const facets: Pick<Facets, 'classifier'> & Partial<Facets> = { classifier: toyClassifier(), ...(samples ? { samples: toySamples(160) } : {}) };
  return backdoor.detect({ ...fakeModel(facets), facets }, options, detectContext({ results: given }));
}

describe('backdoor', () => {
  it.each([[true], [false]])('is sure when all evidence is there, with samples %s, and names class, kind and success rate', async (samples) => {
    const regime = samples ? evidenceModel.withSamples : evidenceModel.withoutSamples;
    const detection = await combine(results('much', regime), samples);

    if (detection.outcome !== 'measured') throw new Error(detection.reason);
    expect(detection.metric).toBeGreaterThan(1);
    expect(detection.observations[0]).toMatchObject({ location: { targetClass: 3 }, data: { successRate: '97 %', effect: 'all classes are sent to class 3' } });
    expect(detection.observations[0].data['reasons']).toMatch(/\d/);
  });

  it('never makes a certainty of an estimate by rounding it, and says what the numbers of the evidence mean', async () => {
    const detection = await combine(results('much', evidenceModel.withSamples));

    if (detection.outcome !== 'measured') throw new Error(detection.reason);
    expect(detection.metric).toBeGreaterThan(Math.log(0.995 / 0.005));
    expect(detection.observations[0].data['probability']).toBe('more than 99');
    expect(detection.observations[0].data['reasons']).toMatch(/^What weighs most, on a scale where the median of clean models is 0, .* no more than 3 counts: .+ \(3\.0\)/);
  });

  it('says a reason that its detectors share once', async () => {
    const untold = (detector: string): Result => ({ detector, outcome: 'inconclusive', examined: 0, seconds: 0, observations: [], measurements: [], reason: 'The folder has no images.' });
    const others = results('nothing', evidenceModel.withSamples).filter(({ detector }) => detector !== 'trigger-inversion' && detector !== 'universal-mask');

    expect(await combine([untold('trigger-inversion'), untold('universal-mask'), ...others])).toMatchObject({
      outcome: 'inconclusive', reason: 'Could not tell, because trigger-inversion, universal-mask said: The folder has no images.',
    });
  });

  it('says so when one class alone is sent to the target', async () => {
    const lone: Result = {
      detector: 'pair-testing', outcome: 'flagged', examined: 160, seconds: 0, observations: [], metric: { name: 'm', unit: 'u', value: 0.95, threshold: 0.5, flaggedWhen: 'above' },
      measurements: [{ name: 'attack success rate', value: 0.96, location: { targetClass: 6 } }, { name: 'source class', value: 2, location: { targetClass: 6 } }],
    };
    const detection = await combine([...results('nothing', evidenceModel.withSamples), lone]);

    if (detection.outcome !== 'measured') throw new Error(detection.reason);
    expect(detection.metric).toBeGreaterThan(1);
    expect(detection.observations[0]).toMatchObject({ location: { targetClass: 6 }, data: { effect: 'class 2 alone is sent to class 6', successRate: '96 %', reasons: expect.stringContaining('a lead of 0.95') as string } });
  });

  it('stays below its threshold when nothing is beyond what clean models show', async () => {
    const detection = await combine(results('nothing', evidenceModel.withSamples));

    if (detection.outcome !== 'measured') throw new Error(detection.reason);
    expect(detection.metric).toBeLessThan(backdoor.meta.metric.threshold);
  });

  it('cannot tell when a detector it rests on could not, unless the rest is enough', async () => {
    const untold: Result = { detector: 'trigger-inversion', outcome: 'inconclusive', examined: 0, seconds: 0, observations: [], measurements: [], reason: 'The operator Foo has no gradient.' };
    const others = (level: 'much' | 'nothing'): Result[] => results(level, evidenceModel.withSamples).filter(({ detector }) => detector !== 'trigger-inversion');

    expect(await combine([untold, ...others('nothing')])).toMatchObject({ outcome: 'inconclusive', reason: expect.stringContaining('Foo') as string });
    expect(await combine([untold, ...others('much')])).toMatchObject({ outcome: 'measured' });
  });

  it('says which detectors are missing when none of those it rests on ran', async () => {
    expect(await combine([])).toMatchObject({ outcome: 'inconclusive', reason: expect.stringContaining('trigger-inversion') as string });
  });

  it('rests on numbers that anybody can read: no weight is negative, every scale positive, models are named', () => {
    for (const { terms, weight } of [evidenceModel.withSamples, evidenceModel.withoutSamples]) {
      expect(weight).toBeGreaterThan(0);
      for (const { spread } of terms) expect(spread).toBeGreaterThan(0);
    }
    expect(evidenceModel.fittedOn.models.length).toBeGreaterThan(50);
  });
});
