/**
 * Paper: Northcutt, Jiang, Chuang, Confident Learning: Estimating Uncertainty in Dataset Labels, JAIR 2021, arXiv:1911.00068, for judging labels by what
 * similar samples are called; as a defence against poison: Peri et al., Deep k-NN Defense Against Clean-label Data Poisoning Attacks, 2020, arXiv:1909.13374. The
 * neighbours are found among thumbnails, so no model is needed.
 * Needs: a dataset of images; no model.
 * Defeated by: clean-label poison, whose labels are right (Turner, Tsipras, Madry, Label-Consistent Backdoor Attacks, 2019, arXiv:1912.02771), and datasets in which
 * images that look alike are called differently anyway.
 */
import { Type } from '@sinclair/typebox';
import { classReservoir } from '../poisoning/class-reservoir.ts';
import { openImageFrames } from '../poisoning/open-image-frames.ts';
import { nearestRows } from '../poisoning/nearest-rows.ts';
import { rowsByClass } from '../poisoning/rows-by-class.ts';
import { sampleScores } from '../poisoning/sample-scores.ts';
import { thumbnails } from '../poisoning/thumbnails.ts';
import { median } from '../statistics/median.ts';
import { className } from './class-name.ts';
import { defineDetector, type Calibration } from './detector.ts';
import calibration from './label-consistency.calibration.json' with { type: 'json' };

const MINIMUM_SAMPLES = 40;
const MINIMUM_CLASS = 20;

/** Samples that others are compared with; the time is that times the samples. */
const MAX_REFERENCE = 4000;

/** Samples between two looks at the clock. */
const CLOCK_STRIDE = 256;

/** Share of the time that choosing the samples to compare with takes of many. */
const READING_SHARE = 0.1;

/** Neighbours of one other class that make a label doubtful. */
const DOUBTFUL = 0.8;

/** Excess of doubtful samples in one class over the usual class: clean sets reach 0.05 (docs/detectors/label-consistency.md). */
const THRESHOLD = 0.08;

/** Weight of a class that has no more doubtful labels than others: enough to order samples about which nothing else is known. */
const LEAST_WEIGHT = 0.02;

/** A sample that others are compared with: its place among the labelled ones, and its thumbnail. */
interface Reference {
  readonly row: number;
  readonly label: number;
  readonly values: Float32Array;
}

export const labelConsistency = defineDetector({
  meta: {
    id: 'label-consistency',
    title: 'Samples that look like another class than the one they are labelled with',
    description:
      'Compares each image with the most similar ones of the dataset, as thumbnails. Where these nearly all have one other label, the sample’s own is doubtful; a class with many more ' +
      'doubtful labels than the others is suspicious. No model is needed.',
    family: 'dataset',
    needs: ['dataset'],
    sampleKinds: ['image'],
    messages: {
      'doubtful-labels': {
        severity: 'medium',
        title: 'Many samples of one class look like samples of other classes',
        text: 'Of {class}, {count} samples ({share}) look like samples of another class, against {usual} of an ordinary class.',
        nextStep: 'Look at the labels of these samples. Where they are wrong, ask how they got there before correcting them.',
      },
    },
    metric: { name: 'excess of doubtful labels', unit: 'share', flaggedWhen: 'above', threshold: THRESHOLD },
    cost: { tier: 'samples', description: 'two passes over the images; compares each with at most 4,000 others: 2 s for 2,500 images on one core' },
    references: [
      { title: 'Confident Learning: Estimating Uncertainty in Dataset Labels', authors: 'Northcutt, Jiang, Chuang', year: 2021, url: 'https://arxiv.org/abs/1911.00068', role: 'source' },
      { title: 'Deep k-NN Defense Against Clean-label Data Poisoning Attacks', authors: 'Peri, Gupta, Huang, Fowl, Zhu, Feizi, Goldstein, Dickerson', year: 2020, url: 'https://arxiv.org/abs/1909.13374', role: 'source' },
      { title: 'Label-Consistent Backdoor Attacks', authors: 'Turner, Tsipras, Madry', year: 2019, url: 'https://arxiv.org/abs/1912.02771', role: 'defeats' },
    ],
    limitations: [
      'Thumbnails tell digits and signs apart and hardly natural images: on CIFAR-10 few labels can be doubted.',
      'Poison with right labels is not seen.',
      'One class with many honest mistakes looks the same.',
    ],
    lifecycle: 'experimental',
    since: '0.2.0',
  },
  options: Type.Object(
    { neighbours: Type.Integer({ default: 10, minimum: 3, maximum: 100, description: 'Most similar samples that are asked for their labels.' }) },
    { additionalProperties: false },
  ),
  calibration: calibration as Calibration,

  async detect(model, options, context) {
    const { dataset } = model.facets;
    const inconclusive = (reason: string, examined = 0) => ({ outcome: 'inconclusive' as const, examined, reason });
    const frames = await openImageFrames(dataset, context);
    if (typeof frames === 'string') return inconclusive(frames);
    const thumbs = thumbnails(frames.shape);
    const reservoir = classReservoir<Reference>(1, MAX_REFERENCE, context.random('reference'));
    let labelled = 0;
    for await (const { sample, pixels } of frames.images(context.signal)) {
      if (sample.label === undefined) continue;
      const [row, label] = [labelled, sample.label];
      labelled += 1;
      reservoir.offer(0, () => {
        const values = new Float32Array(thumbs.width);
        thumbs.measure(pixels, values, 0);
        return { row, label, values };
      });
      if (row % CLOCK_STRIDE !== 0) continue;
      context.progress((READING_SHARE * row) / Math.max(1, dataset.count), 'reading images');
      if (context.outOfTime()) return inconclusive('The time ran out before the images were read.', 0);
    }
    if (labelled < MINIMUM_SAMPLES) return inconclusive(`${String(labelled)} labelled images are too few: ${String(MINIMUM_SAMPLES)} are needed.`, labelled);
    const references = reservoir.kept[0] ?? [];
    const table = new Float32Array(references.length * thumbs.width);
    references.forEach(({ values }, at) => table.set(values, at * thumbs.width));
    const placeOf = new Map(references.map(({ row }, at) => [row, at]));

    const [ids, labels, scores]: [string[], number[], number[]] = [[], [], []];
    const doubtful = new Set<number>();
    const values = new Float32Array(thumbs.width);
    for await (const { sample, pixels } of frames.images(context.signal)) {
      if (sample.label === undefined) continue;
      const row = ids.length;
      if (row % CLOCK_STRIDE === 0) {
        context.progress(READING_SHARE + ((1 - READING_SHARE) * row) / labelled, `sample ${String(row)} of ${String(labelled)}`);
        if (context.outOfTime()) return inconclusive('The time ran out before all samples were compared.', row);
      }
      thumbs.measure(pixels, values, 0);
      const votes = new Map<number, number>();
      for (const other of nearestRows(table, thumbs.width, values, placeOf.get(row) ?? -1, options.neighbours)) {
        const label = references[other]?.label ?? -1;
        votes.set(label, (votes.get(label) ?? 0) + 1);
      }
      const own = (votes.get(sample.label) ?? 0) / options.neighbours;
      const rival = Math.max(0, ...[...votes].filter(([label]) => label !== sample.label && label >= 0).map(([, count]) => count)) / options.neighbours;
      ids.push(sample.id);
      labels.push(sample.label);
      scores.push(rival * (1 - own));
      if (own === 0 && rival >= DOUBTFUL) doubtful.add(row);
    }
    const classes = rowsByClass(labels, dataset.classNames.length).map((rows, label) => ({ label, rows, share: rows.filter((row) => doubtful.has(row)).length / Math.max(1, rows.length) })).filter(({ rows }) => rows.length >= MINIMUM_CLASS);
    const usual = median(classes.map(({ share }) => share));
    if (usual === undefined || classes.length < 2) return inconclusive(`Fewer than two classes have ${String(MINIMUM_CLASS)} samples.`, ids.length);
    for (const { rows, share } of classes) {
      const weight = Math.max(LEAST_WEIGHT, Math.min(1, Math.max(0, share - usual) / THRESHOLD) ** 2);
      for (const row of rows) scores[row] = weight * (scores[row] as number);
    }
    const ranked = [...classes].sort((a, b) => b.share - a.share);
    const observe = ({ label, rows, share }: (typeof ranked)[number]) => ({
      message: 'doubtful-labels' as const,
      data: { class: className(dataset.classNames, label), count: rows.filter((row) => doubtful.has(row)).length, share: percent(share), usual: percent(usual) },
      location: { targetClass: label },
    });
    const [first, ...rest] = ranked;
    if (first === undefined) return inconclusive('Nothing was compared.', ids.length);
    const suspicious = ranked.filter(({ share }) => share - usual > THRESHOLD);
    return {
      outcome: 'measured',
      examined: ids.length,
      metric: first.share - usual,
      measurements: [{ name: 'share of doubtful labels', value: doubtful.size / ids.length }, { name: 'samples compared with', value: references.length }],
      observations: [observe(first), ...rest.filter((one) => suspicious.includes(one)).map(observe)],
      sampleScores: sampleScores(ids, Float64Array.from(scores), suspicious.flatMap(({ rows }) => rows.filter((row) => doubtful.has(row))), () => 'The images most like it have another label, and its class has many more such samples than others.'),
    };
  },
});

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
