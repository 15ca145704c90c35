import { Type, type TObject } from '@sinclair/typebox';
import { defineDetector, type Detector, type DetectorMeta } from '../../src/detectors/detector.ts';

/** A detector with the given id that is never run: the policy only looks at what detectors declare. */
export function fakeDetector(id: string, meta: Partial<DetectorMeta<never, 'seen'>> = {}, options: TObject = Type.Object({}, { additionalProperties: false })): Detector {
  return defineDetector({
    meta: {
      id,
      title: `Fake ${id}`,
      description: 'A detector for tests.',
      family: 'weights',
      needs: [],
      messages: { seen: { severity: 'high', title: 'Something was seen', text: 'Class {class} stands out.', nextStep: 'Look at the class.' } },
      metric: { name: 'index', unit: 'deviations', flaggedWhen: 'above', threshold: 3.5 },
      cost: { tier: 'weights', description: 'nothing' },
      references: [],
      limitations: ['Sees nothing.'],
      lifecycle: 'stable',
      since: '0.1.0',
      ...meta,
    },
    options,
    calibration: {
      method: 'logistic',
      transform: 'identity',
      slope: 1,
      threshold: 3.5,
      fittedOn: { description: 'nothing', command: 'none', date: '2025-01-01', models: [] },
    },
    detect: () => Promise.resolve({ examined: 0, outcome: 'inconclusive', reason: 'A fake detector sees nothing.' }),
  }) as unknown as Detector;
}

/** The registry as the loader sees it: registry order is by id, the order they run in is not. */
export const fakeDetectors: readonly Detector[] = [
  fakeDetector(
    'adversarial-testing',
    { cost: { tier: 'samples', description: 'many runs' }, needs: [] },
    Type.Object(
      {
        images: Type.Integer({ default: 32, minimum: 8, description: 'Images looked at.' }),
        patch: Type.Object(
          { size: Type.Integer({ default: 4, description: 'Pixels.' }), color: Type.Optional(Type.String({ description: 'Name.' })) },
          { default: {}, additionalProperties: false, description: 'The patch.' },
        ),
      },
      { additionalProperties: false },
    ),
  ),
  fakeDetector('output-layer-outlier', {}, Type.Object({ minimumClasses: Type.Integer({ default: 5, minimum: 3, description: 'Fewer classes are inconclusive.' }) }, { additionalProperties: false })),
  fakeDetector('perturbation-entropy', { cost: { tier: 'samples', description: 'some runs' }, after: ['adversarial-testing'] }),
];
