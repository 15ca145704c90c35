/**
 * Paper: no single test finds all backdoors, and each raises its own false alarms; that tests which see different things are
 * worth combining is shown for transfer and margins in Xiang, Miller, Kesidis, Post-Training Detection of Backdoor Attacks,
 * ICLR 2022, arXiv:2201.08474. Each measurement is put on the scale of clean models; a logistic regression
 * (Cox 1958, DOI 10.1111/j.2517-6161.1958.tb00292.x) on the sum of those that agree on one class makes it a probability. Its numbers, and the models they
 * were fitted on, are in backdoor.model.json.
 * Needs: results of other detectors; it runs nothing itself.
 * Defeated by: what defeats all of the detectors it combines, such as input-aware triggers, and source-specific ones that no small patch resembles.
 */
import { Type } from '@sinclair/typebox';
import type { Result } from '../report.ts';
import { combineEvidence, type EvidenceModel, type EvidencePart } from './backdoor/combine-evidence.ts';
import evidenceModel from './backdoor.model.json' with { type: 'json' };
import calibration from './backdoor.calibration.json' with { type: 'json' };
import { className } from './class-name.ts';
import { defineDetector, type Calibration } from './detector.ts';

const MODEL = evidenceModel as EvidenceModel;

/** Log odds 0: a backdoor is as likely as not, in the mix of models the combination was fitted on. */
const THRESHOLD = 0;

/** Parts of the evidence that are told in the message; the rest is in the measurements. */
const TOLD = 3;

export const backdoor = defineDetector({
  meta: {
    id: 'backdoor',
    title: 'Backdoor, all evidence combined',
    description:
      'Joins what the other detectors measured into one probability that the model holds a backdoor, and names the target class, the kind of trigger and the ' +
      'parts of the evidence that weigh most. The detector to name first in a policy.',
    family: 'combined',
    joins: true,
    needs: ['classifier'],
    after: [
      'adversarial-testing', 'last-layer-probe', 'maximum-margin', 'neuron-sensitivity', 'output-layer-outlier', 'pair-testing', 'perturbation-entropy', 'trigger-inversion', 'universal-mask',
      'universal-perturbation',
    ],
    messages: {
      'combined-evidence': {
        severity: 'critical',
        title: 'The model behaves as if it held a backdoor',
        text: 'Probability {probability} % of a backdoor ({effect}; {kind}). Recovered trigger’s success rate: {successRate}. {reasons}.',
        nextStep:
          'Do not ship the model. Look at the pictures of the recovered triggers and at training data labeled with the target class; compare with a trusted earlier version, or retrain from trusted data.',
      },
    },
    metric: { name: 'log odds of a backdoor', unit: 'nats', flaggedWhen: 'above', threshold: THRESHOLD },
    cost: { tier: 'samples', description: 'arithmetic on the other detectors’ results: no time at all' },
    references: [
      { title: 'Post-Training Detection of Backdoor Attacks for Two-Class and Multi-Attack Scenarios', authors: 'Xiang, Miller, Kesidis', year: 2022, url: 'https://arxiv.org/abs/2201.08474', role: 'background' },
      { title: 'The Regression Analysis of Binary Sequences', authors: 'Cox', year: 1958, url: 'https://doi.org/10.1111/j.2517-6161.1958.tb00292.x', role: 'source' },
      { title: 'Input-Aware Dynamic Backdoor Attack', authors: 'Nguyen, Tran', year: 2020, url: 'https://arxiv.org/abs/2010.08138', role: 'defeats' },
    ],
    limitations: [
      'Fitted on small image classifiers; the probability is that of a mix in which half of the models are backdoored.',
      'Source-specific backdoors are found where a small patch is like their trigger (pair-testing), or where it works on other classes too.',
      'Without samples it works on drawn pictures and finds about eight in ten; an all-to-all backdoor shows in nothing there.',
      'Says nothing when the detectors it rests on could not tell.',
    ],
    lifecycle: 'stable',
    since: '0.1.0',
  },
  options: Type.Object({}, { additionalProperties: false }),
  calibration: calibration as Calibration,

  detect(model, _options, context) {
    context.signal.throwIfAborted();
    context.progress(0, 'combining the evidence');
    const { classifier, samples } = model.facets;
    const regime = samples === undefined ? MODEL.withoutSamples : MODEL.withSamples;
    const { logOdds, targetClass, isSourceSpecific, parts, missing } = combineEvidence(regime, context.results);
    const inconclusive = (reason: string) => Promise.resolve({ outcome: 'inconclusive' as const, examined: parts.length, reason });
    if (context.outOfTime() && parts.length === 0) return inconclusive('The time ran out before anything was measured.');
    const untold = context.results.filter(({ detector, outcome }) => regime.needed.includes(detector) && (outcome === 'inconclusive' || outcome === 'error'));
    // What was seen stands; what was not seen cannot be told from a clean model.
    if (logOdds <= THRESHOLD && untold.length > 0) return inconclusive(untoldText(untold));
    if (!regime.needed.some((id) => parts.some(({ detector }) => detector === id))) {
      return inconclusive(`None of ${regime.needed.join(', ')} measured anything: enable them, and see their results for what they need.`);
    }

    const weighty = parts.filter(({ contribution }) => contribution > 0);
    const [first] = weighty;
    const measuredByFirst = (wanted: string): number | undefined =>
      context.results.find(({ detector }) => detector === first?.detector)?.measurements.find(({ name }) => name === wanted)?.value;
    const success = measuredByFirst('attack success rate');
    const source = isSourceSpecific ? measuredByFirst('source class') : undefined;
    const named = (label: number | undefined): string | undefined => (label === undefined ? undefined : className(classifier.classNames, label));
    const picture = context.pictures.find(({ from, targetClass: of }) => from === first?.detector && of === targetClass) ?? context.pictures.find(({ targetClass: of }) => of === targetClass);
    const probability = 1 / (1 + Math.exp(-logOdds));
    const location = targetClass === undefined ? {} : { targetClass };
    return Promise.resolve({
      outcome: 'measured',
      examined: parts.length,
      metric: logOdds,
      measurements: [
        { name: 'probability', value: probability, location },
        { name: 'kinds of evidence', value: parts.length },
        { name: 'kinds of evidence missing', value: missing.length },
        ...parts.map(({ kind, surprise, targetClass: of }) => ({ name: `surprise of ${kind}`, value: surprise, ...(of === undefined ? {} : { location: { targetClass: of } }) })),
      ],
      observations: [
        {
          message: 'combined-evidence' as const,
          data: {
            probability: percentText(probability),
            effect: effectOf(named(targetClass), named(source)),
            kind: first?.kind ?? 'no single trigger stands out',
            successRate: success === undefined ? 'not measured' : `${Math.round(100 * success)} %`,
            reasons: isSourceSpecific ? loneText(weighty) : weightText(weighty.slice(0, TOLD), regime.cap),
          },
          location,
          ...(picture === undefined ? {} : { picture: picture.picture }),
        },
      ],
    });
  },
});

function effectOf(target: string | undefined, onlySource: string | undefined): string {
  if (target === undefined) return 'each class is moved to another';
  return onlySource === undefined ? `all classes are sent to ${target}` : `${onlySource} alone is sent to ${target}`;
}

/** Never 0 or 100: the sum of evidence is an estimate, and rounding must not make a certainty of it. */
function percentText(probability: number): string {
  if (probability < 0.01) return 'less than 1';
  if (probability > 0.99) return 'more than 99';
  return String(Math.round(100 * probability));
}

function weightText(parts: readonly EvidencePart[], cap: number): string {
  if (parts.length === 0) return 'Nothing is out of the ordinary';
  const told = parts.map(({ kind, surprise }) => `${kind} (${surprise.toFixed(1)})`).join(', ');
  return `What weighs most, on a scale where the median of clean models is 0, nine in ten of them stay below 1 and no more than ${String(cap)} counts: ${told}`;
}

function loneText(parts: readonly EvidencePart[]): string {
  return `What it rests on: ${parts.map(({ kind, value }) => `${kind}, by a lead of ${value.toFixed(2)} over all like it`).join(', ')}`;
}

/** Detectors that fail for one reason, such as samples that cannot be read, say it once. */
function untoldText(untold: readonly Result[]): string {
  const reasons = [...new Set(untold.map(({ reason }) => reason ?? 'Nothing.'))];
  const said = reasons.map((reason) => `${untold.filter((one) => (one.reason ?? 'Nothing.') === reason).map(({ detector }) => detector).join(', ')} said: ${reason}`);
  return `Could not tell, because ${said.join(' ')}`;
}
