/**
 * Paper: Webb, Discovering Significant Patterns, Machine Learning 2007, DOI 10.1007/s10994-007-5006-x, for rules "this setting, that label" with a correction for how many were tried; that encoder
 * settings tell where a picture came from: Kee, Johnson, Farid, Digital Image Authentication from JPEG Headers, IEEE TIFS 2011, DOI 10.1109/TIFS.2011.2128309.
 * Needs: a dataset of images in files of their own (PNG, JPEG); no model.
 * Defeated by: writing all samples with one encoder, or giving planted files the settings of the others (Böhme and Kirchner, Counter-Forensics, 2013).
 */
import { Type } from '@sinclair/typebox';
import type { DatasetSample } from '../model/dataset.ts';
import { sampleScores } from '../poisoning/sample-scores.ts';
import { className } from './class-name.ts';
import { defineDetector } from './detector.ts';
import { ABSENT, traitTable, type TraitClass } from './metadata-anomalies/trait-subgroups.ts';

/** Lower bound of a share of the class, beyond the usual class: where a set was made in one way it is 0. */
const THRESHOLD = 0.01;

const MINIMUM_CLASS = 20;

/** Values shown in a message. */
const MAX_SHOWN = 80;

export const metadataAnomalies = defineDetector({
  meta: {
    id: 'metadata-anomalies',
    title: 'Files of one class that another program wrote',
    description:
      'Reads what encoders leave in PNG and JPEG files (tables, order of parts, names of programs, sizes) and looks for a minority of one class that differs from everything else, beyond chance and ' +
      'corrected for how many settings were tried. A class that comes from a source of its own as a whole is not reported. No model is needed.',
    family: 'dataset',
    sampleKinds: ['image'],
    needs: ['dataset'],
    messages: {
      'subgroup-of-one-class': {
        severity: 'medium',
        title: 'A part of one class was written by another program than everything else',
        text: 'Of {class}, {agreeing} samples ({share}) have {trait} = {value}, which {carriers} samples of the dataset have (chance 1e{logChance}).',
        nextStep: 'Find out where these files came from. Where nobody can say, quarantine them; where it is a second source, say so in a waiver.',
      },
    },
    metric: { name: 'excess of the largest subgroup', unit: 'share of a class', flaggedWhen: 'above', threshold: THRESHOLD },
    cost: { tier: 'samples', description: 'two passes over the files, which are decoded anyway' },
    references: [
      { title: 'Discovering Significant Patterns', authors: 'Webb', year: 2007, url: 'https://doi.org/10.1007/s10994-007-5006-x', role: 'source' },
      { title: 'Digital Image Authentication from JPEG Headers', authors: 'Kee, Johnson, Farid', year: 2011, url: 'https://doi.org/10.1109/TIFS.2011.2128309', role: 'source' },
      { title: 'Counter-Forensics: Attacking Image Forensics', authors: 'Böhme, Kirchner', year: 2013, url: 'https://doi.org/10.1007/978-1-4614-0757-7_12', role: 'defeats' },
    ],
    limitations: [
      'Only images in files of their own have settings: arrays, tables and texts have none.',
      'A dataset whose classes all have subgroups of their own (each from several sources) is ordinary to it, and a planted one hides there.',
      'A second honest source that was used for one class alone looks the same as a planted one.',
      'Dates and names of files are not looked at.',
    ],
    lifecycle: 'experimental',
    since: '0.3.0',
  },
  options: Type.Object({}, { additionalProperties: false }),

  async detect(model, _options, context) {
    const { dataset } = model.facets;
    context.signal.throwIfAborted();
    context.progress(0, 'files');
    if (context.outOfTime()) return { outcome: 'inconclusive', examined: 0, reason: 'The time ran out before the files were read.' };
    const table = traitTable(dataset.classNames.length);
    let seen = 0;
    for await (const sample of dataset.samples(context.signal)) {
      const traits = traitsOf(sample);
      if (traits !== undefined && sample.label !== undefined) table.add(traits, sample.label);
      seen += 1;
      if (seen % 256 !== 0) continue;
      context.progress(Math.min(1, seen / Math.max(1, 2 * dataset.count)), 'files');
      if (context.outOfTime()) return { outcome: 'inconclusive', examined: table.examined, reason: 'The time ran out before all files were read.' };
    }
    if (table.examined === 0) return { outcome: 'not-applicable', examined: 0, reason: 'No labelled sample is an image in a file of its own, so no encoder left anything.' };
    const classes = table.classes(MINIMUM_CLASS);
    const [first, ...rest] = classes;
    if (first === undefined || rest.length === 0) return { outcome: 'inconclusive', examined: table.examined, reason: `Fewer than two classes have ${String(MINIMUM_CLASS)} images in files of their own.` };
    const flagged = classes.filter(({ strength }) => strength > THRESHOLD);
    const [ids, scores, suspects]: [string[], number[], number[]] = [[], [], []];
    const byLabel = new Map(flagged.map((one) => [one.label, one]));
    for await (const sample of dataset.samples(context.signal)) {
      const traits = traitsOf(sample);
      if (traits === undefined || sample.label === undefined) continue;
      const behind = byLabel.get(sample.label)?.subgroups.filter(({ trait, value }) => (traits.get(trait) ?? ABSENT) === value) ?? [];
      if (behind.length > 0) suspects.push(ids.length);
      ids.push(sample.id);
      // One program differs in several settings: the more of them agree, the surer it is.
      scores.push(behind.length / (1 + behind.length));
    }
    const observe = ({ label, subgroups }: TraitClass) => {
      const [largest] = subgroups;
      const size = dataset.classCounts[label] ?? 1;
      return {
        message: 'subgroup-of-one-class' as const,
        data: {
          class: className(dataset.classNames, label), trait: largest?.trait ?? 'nothing', value: shown(largest?.value ?? ''), carriers: largest?.carriers ?? 0, agreeing: largest?.agreeing ?? 0,
          share: `${((100 * (largest?.agreeing ?? 0)) / Math.max(1, size)).toFixed(1)} %`, logChance: Math.round(largest?.logChance ?? 0),
        },
        location: { targetClass: label },
      };
    };
    return {
      outcome: 'measured',
      examined: table.examined,
      metric: Math.max(0, first.strength),
      measurements: [{ name: 'settings tested', value: table.tested }, { name: 'suspected samples', value: suspects.length }],
      observations: [observe(first), ...flagged.filter((one) => one !== first).map(observe)],
      sampleScores: sampleScores(ids, Float64Array.from(scores), suspects, () => 'Its file was written in another way than those of the rest of the dataset.'),
    };
  },
});

/** What the encoder left, with the format and the size of the picture; undefined for a sample that no encoder wrote. */
function traitsOf({ content }: DatasetSample): ReadonlyMap<string, string> | undefined {
  if (content.kind !== 'image' || content.encoding === undefined) return undefined;
  const { format, traits } = content.encoding;
  return new Map([...traits, ['format', format], ['size', `${String(content.width)}x${String(content.height)}`]]);
}

/** What a file says about itself is shown without characters that would move a terminal or a page. */
function shown(value: string): string {
  return value.replaceAll(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, '?').slice(0, MAX_SHOWN);
}
