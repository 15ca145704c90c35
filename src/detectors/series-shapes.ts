/**
 * Paper: Ye and Keogh, Time Series Shapelets, KDD 2009, and Zhu et al., Matrix Profile II, ICDM 2016, DOI 10.1109/ICDM.2016.0085, for shapes that recur and tell classes apart; Dempster, Schmidt, Webb,
 * MiniRocket, KDD 2021, arXiv:2012.08791, for what the rest of a series says; the backdoors looked for are static and moving patterns as the baselines of Jiang et al., Backdoor Attacks on Time Series, 2023,
 * arXiv:2211.07915.
 * Needs: a dataset of labelled series; no model.
 * Defeated by: clean-label poison, triggers that are another one for each sample (the generator of arXiv:2211.07915), and data whose classes cannot be told apart without the shape.
 */
import { Type } from '@sinclair/typebox';
import { sampleScores } from '../poisoning/sample-scores.ts';
import { className } from './class-name.ts';
import { defineDetector } from './detector.ts';
import { hostEvidence } from './series-shapes/host-evidence.ts';
import { CONTRADICTED, isAnswerable } from './series-shapes/host-suspects.ts';
import { plantedShapes, type PlantedShape } from './series-shapes/planted-shapes.ts';
import { seriesTable, type SeriesTable } from './series-shapes/series-table.ts';

/** Decades; clean sets stay below (docs/detectors/series-shapes.md). */
const THRESHOLD = 3;

/** Of the metric's scale: a shape twice as improbable as the threshold is about two thirds of certain. */
const HALFWAY = THRESHOLD;

/** What a carrier scores whose rest fits its label, and one that is contradicted and carries nothing. */
const FITTING_CARRIER = 0.6;
const BARE_CONTRADICTION = 0.05;

/** Share of the time of a detection that goes into what the rest says. */
const HOST_TIME = 0.6;

const MINIMUM_CLASSES = 2;

/** Judgements of a series and a class, of which three dozen numbers each are held: 300 MB (CWE-770). */
const MAX_JUDGEMENTS = 2 ** 21;

/** Classes reported. */
const MAX_REPORTED = 10;

export const seriesShapes = defineDetector({
  meta: {
    id: 'series-shapes',
    title: 'Shapes in series that imply a label against the rest of the series',
    description:
      'Finds shapes, at one place or wherever they stand, that series of one label have in common although the rest of these series looks like another class, and that neither series of other labels nor ' +
      'ordinary ones of that label have. No model is needed.',
    family: 'dataset',
    needs: ['dataset'],
    sampleKinds: ['series'],
    messages: {
      'implying-shape': {
        severity: 'high',
        title: 'A shape goes with one label although the rest of the series says otherwise',
        text: '{what} is in {carriers} of {suspects} series labelled {class} whose rest looks like another class (chance 1e{logChance}), in {controls} of {compared} that look alike and are labelled otherwise, and in {fitting} of {ordinary} of the class whose rest fits it.',
        nextStep: 'Ask whether the shape can come from where the data come from. Where it cannot, quarantine the samples and find out who added them.',
      },
    },
    metric: { name: 'improbability of the shape’s labels', unit: 'decades', flaggedWhen: 'above', threshold: THRESHOLD },
    cost: { tier: 'samples', description: 'two passes over the samples; 24 s for 10,000 series of 128 values in five classes, 0.4 GB' },
    references: [
      { title: 'Time Series Shapelets: A New Primitive for Data Mining', authors: 'Ye, Keogh', year: 2009, url: 'https://doi.org/10.1145/1557019.1557122', role: 'source' },
      { title: 'Matrix Profile II: Exploiting a Novel Algorithm and GPUs to Break the One Hundred Million Barrier for Time Series Motifs and Joins', authors: 'Zhu, Zimmerman, Senobari, Yeh, Funning, Mueen, Brisk, Keogh', year: 2016, url: 'https://doi.org/10.1109/ICDM.2016.0085', role: 'source' },
      { title: 'MiniRocket: A Very Fast (Almost) Deterministic Transform for Time Series Classification', authors: 'Dempster, Schmidt, Webb', year: 2021, url: 'https://arxiv.org/abs/2012.08791', role: 'source' },
      { title: 'Backdoor Attacks on Time Series: A Generative Approach', authors: 'Jiang, Ma, Erfani, Bailey', year: 2023, url: 'https://arxiv.org/abs/2211.07915', role: 'defeats' },
    ],
    limitations: [
      'Clean-label poison is not contradicted by the rest of its series.',
      'Where classes differ in nothing but one shape, the rest cannot contradict a label.',
      'Fewer than about eight planted series are taken for an accident.',
      'A faint pattern over the whole of a series is found only where the classifiers that are to contradict it did not learn it.',
      'A kind of series that is rare within its class and looks like another class is found like a planted one.',
    ],
    lifecycle: 'experimental',
    since: '0.3.0',
  },
  options: Type.Object({}, { additionalProperties: false }),

  async detect(model, _options, context) {
    const { dataset } = model.facets;
    const classCount = dataset.classNames.length;
    const goOn = (share: number): boolean => {
      context.signal.throwIfAborted();
      context.progress(share, 'series');
      return !context.outOfTime();
    };
    const inconclusive = (reason: string, examined = 0) => ({ outcome: 'inconclusive' as const, examined, reason });
    if (!goOn(0)) return inconclusive('The time ran out before the samples were read.');
    const table = await seriesTable(dataset, context.signal, () => goOn(0));
    if (table === undefined) return inconclusive('The time ran out before all samples were read.');
    if (typeof table === 'string') return inconclusive(table);
    const examined = table.ids.length;
    if (new Set(table.labels).size < MINIMUM_CLASSES) return inconclusive('All series have one label, which nothing can contradict.', examined);
    if (examined * classCount > MAX_JUDGEMENTS) return inconclusive(`There are ${String(examined)} series of ${String(classCount)} classes; of their product at most ${String(MAX_JUDGEMENTS)} fits into memory.`, examined);
    const evidence = hostEvidence(table, classCount, context.random('host'), (share) => goOn(HOST_TIME * share));
    if (evidence === undefined) return inconclusive('The time ran out before all samples were judged.', examined);
    if (!Array.from({ length: classCount }, (_, label) => label).some((label) => isAnswerable(evidence, table.labels, classCount, label))) {
      return inconclusive('The series do not tell the classes apart, so that nothing can contradict a label.', examined);
    }
    const planted = plantedShapes(table, evidence, classCount, context.random('shapes'), (share) => goOn(HOST_TIME + (1 - HOST_TIME) * share));
    if (planted === undefined) return inconclusive('The time ran out before all shapes were compared.', examined);

    const observe = (one: PlantedShape) => ({
      message: 'implying-shape' as const,
      data: {
        what: whatOf(one, table), class: className(dataset.classNames, one.group.label), logChance: Math.round(one.logChance),
        carriers: carriersAmong(one, one.group.suspects), suspects: one.group.suspects.length, controls: one.evidence.controls, compared: one.group.controls.length,
        fitting: one.evidence.fitting, ordinary: one.group.fitting.length,
      },
      location: { targetClass: one.group.label },
    });
    const [first, ...rest] = planted;
    const { scores, behind } = scoresOf(planted, table, (row) => evidence.chances[row * classCount + (table.labels[row] as number)] as number);
    return {
      outcome: 'measured',
      examined,
      metric: Math.max(0, -(first?.logChance ?? 0)),
      measurements: [
        { name: 'samples whose label the whole series speaks for', value: evidence.accuracy },
        { name: 'samples whose label the rest contradicts', value: table.labels.reduce((sum, label, row) => sum + ((evidence.chances[row * classCount + label] as number) <= CONTRADICTED ? 1 : 0), 0) },
      ],
      observations: [
        first === undefined
          ? { message: 'implying-shape', data: { what: 'nothing', class: 'any class', logChance: 0, carriers: 0, suspects: 0, controls: 0, compared: 0, fitting: 0, ordinary: 0 }, location: {} }
          : observe(first),
        ...rest.filter((one) => -one.logChance > THRESHOLD).slice(0, MAX_REPORTED - 1).map(observe),
      ],
      sampleScores: sampleScores(table.ids, scores, [...behind].filter(([, one]) => -one.logChance > THRESHOLD).map(([row]) => row), (row) => {
        const one = behind.get(row);
        return one === undefined ? '' : `It holds ${rangeOf(one, table, row)} a shape that goes with its label against the rest of such series.`;
      }),
    };
  },
});

function carriersAmong({ shape, evidence }: PlantedShape, rows: readonly number[]): number {
  return rows.filter((row) => shape.match(row).likeness >= evidence.cutoff).length;
}

/** In the values of the original series, counted from 0. */
function rangeOf({ shape }: PlantedShape, table: SeriesTable, row: number): string {
  const scale = table.originalLength / table.length;
  const { from } = shape.match(row);
  return `at values ${String(Math.round(from * scale))} to ${String(Math.round((from + shape.width) * scale) - 1)}${table.channels === 1 ? '' : ` of channel ${String(shape.channel)}`}`;
}

/** A shape that was looked for everywhere may still stand at one place. */
function whatOf(one: PlantedShape, table: SeriesTable): string {
  const { shape, evidence, group } = one;
  const found = group.suspects.map((row) => ({ row, ...shape.match(row) })).filter(({ likeness }) => likeness >= evidence.cutoff).sort((a, b) => b.likeness - a.likeness);
  const [strongest] = found;
  if (strongest === undefined) return 'A shape';
  const starts = found.map(({ from }) => from).sort((a, b) => a - b);
  const middle = starts[starts.length >> 1] as number;
  const isAtOnePlace = starts.filter((from) => Math.abs(from - middle) <= shape.width / 2).length > starts.length / 2;
  const range = rangeOf(one, table, strongest.row);
  return isAtOnePlace ? `A shape ${range}` : `A shape at varying places, ${range} in ${table.ids[strongest.row] ?? ''},`;
}

/** In [0, 1], by sample, with the shape behind it where the sample carries one that goes with its label. */
function scoresOf(planted: readonly PlantedShape[], table: SeriesTable, chanceOf: (row: number) => number) {
  const scores = Float64Array.from(table.labels, (_, row) => BARE_CONTRADICTION * (1 - chanceOf(row)));
  const behind = new Map<number, PlantedShape>();
  for (const one of planted) {
    const decades = Math.max(0, -one.logChance);
    const strength = (1 - BARE_CONTRADICTION) * (decades / (decades + HALFWAY));
    for (const [row, label] of table.labels.entries()) {
      if (label !== one.group.label || one.shape.match(row).likeness < one.evidence.cutoff) continue;
      scores[row] = (scores[row] as number) + strength * (FITTING_CARRIER + (1 - FITTING_CARRIER) * (1 - chanceOf(row)));
      behind.set(row, one);
    }
  }
  return { scores, behind };
}
