import type { Detection, DetectorMessage } from './detector.ts';

const message: DetectorMessage = {
  severity: 'critical',
  title: 'The model is one of the reference’s backdoored models',
  text: 'These bytes are listed in the reference as the backdoored model {path}.',
  nextStep: 'Do not release the model. Find out how it came here.',
};

/** What detectors that compare with a reference say of a model that it lists as backdoored: no p-value is smaller than zero. */
export const knownBackdooredModel = {
  message,
  detection: (path: string, examined: number): Detection<'known-backdoored-model'> => ({
    outcome: 'measured', examined, metric: 0, observations: [{ message: 'known-backdoored-model', data: { path }, location: {} }],
  }),
} as const;
