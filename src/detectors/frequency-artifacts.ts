/**
 * Paper: Zeng, Park, Mao, Jia, Rethinking the Backdoor Attacks' Triggers: A Frequency Perspective, ICCV 2021, arXiv:2104.03413, section 4: a classifier that
 * is taught on altered copies of clean images finds triggers it has not seen, by what they leave in the spectrum. Here the images altered are
 * the dataset's own, so nothing is shipped; the share of each class that carries the traces is the mixture weight of Saerens et al. 2002.
 * Needs: a dataset of images; no model.
 * Defeated by: triggers shaped to be as smooth as the images (the smooth triggers of arXiv:2104.03413), alterations outside the taught families, and datasets of
 * which every class is altered alike.
 */
import { Type } from '@sinclair/typebox';
import { classReservoir } from '../poisoning/class-reservoir.ts';
import { openImageFrames } from '../poisoning/open-image-frames.ts';
import { rowsByClass } from '../poisoning/rows-by-class.ts';
import { sampleScores } from '../poisoning/sample-scores.ts';
import { traceFeatures } from '../poisoning/trace-features.ts';
import { className } from './class-name.ts';
import { defineDetector, type Calibration, type DetectContext } from './detector.ts';
import calibration from './frequency-artifacts.calibration.json' with { type: 'json' };
import { judgeClasses, type TracedClass } from './frequency-artifacts/judge-classes.ts';
import { teach, type PlainImage } from './frequency-artifacts/teach.ts';

/** Fewer images teach nothing. */
const MINIMUM_IMAGES = 60;

const NAMES = { warp: 'a warp', blend: 'another picture mixed in', sinusoid: 'a wave added' } as const;

export const frequencyArtifacts = defineDetector({
  meta: {
    id: 'frequency-artifacts',
    title: 'Traces of warping, blending or waves in one class',
    description:
      'Alters some of the dataset’s own images by random warps, blends and waves, learns the traces that this leaves in spectrum, colours and histogram, and estimates what share of ' +
      'each class carries them. A class that stands out from the others is suspicious. No model is needed.',
    family: 'dataset',
    needs: ['dataset'],
    sampleKinds: ['image'],
    messages: {
      'altered-class': {
        severity: 'medium',
        title: 'Images of one class carry traces of processing that other classes do not have',
        text: 'An estimated {share} of {class} carries the traces of {alteration}, against {next} of the class with the next most.',
        nextStep: 'Look at the most suspicious samples at full size next to others of the class, and ask how they were made. Leave them out of training until that is explained.',
      },
    },
    metric: { name: 'lead of the altered class', unit: 'allowances', flaggedWhen: 'above', threshold: 1 },
    cost: { tier: 'samples', description: 'two passes over the images and eighteen small classifiers: 5 s for 2,400 images of 3x32x32 on one core' },
    references: [
      { title: "Rethinking the Backdoor Attacks' Triggers: A Frequency Perspective", authors: 'Zeng, Park, Mao, Jia', year: 2021, url: 'https://arxiv.org/abs/2104.03413', role: 'source' },
      { title: 'WaNet: Imperceptible Warping-based Backdoor Attack', authors: 'Nguyen, Tran', year: 2021, url: 'https://arxiv.org/abs/2102.10369', role: 'background' },
      { title: "Rethinking the Backdoor Attacks' Triggers: A Frequency Perspective (smooth triggers)", authors: 'Zeng, Park, Mao, Jia', year: 2021, url: 'https://arxiv.org/abs/2104.03413', role: 'defeats' },
    ],
    limitations: [
      'Classes that were processed differently for honest reasons (another source, another scaling) look altered.',
      'Of photographs, an alteration of a tenth of a class or less does not always stand out from natural differences.',
      'A smooth picture mixed in faintly leaves few traces where images are smooth and coloured by themselves.',
    ],
    lifecycle: 'experimental',
    since: '0.2.0',
  },
  options: Type.Object(
    { taughtImages: Type.Integer({ default: 600, minimum: MINIMUM_IMAGES, maximum: 5000, description: 'Images that are altered to learn the traces.' }) },
    { additionalProperties: false },
  ),
  calibration: calibration as Calibration,

  async detect(model, options, context) {
    const { dataset } = model.facets;
    const inconclusive = (reason: string, examined = 0) => ({ outcome: 'inconclusive' as const, examined, reason });
    const frames = await openImageFrames(dataset, context);
    if (typeof frames === 'string') return inconclusive(frames);
    const { shape } = frames;
    const reservoir = classReservoir<PlainImage>(1, options.taughtImages, context.random('images to alter'));
    const isLate = pace(context, dataset.count);
    let read = 0;
    for await (const { sample, pixels } of frames.images(context.signal)) {
      if (isLate(0, read)) return inconclusive('The time ran out before the images were read.');
      read += 1;
      reservoir.offer(0, () => ({ pixels: Uint8Array.from(pixels), label: sample.label }));
    }
    const images = reservoir.kept[0] ?? [];
    if (images.length < MINIMUM_IMAGES) return inconclusive(`${String(images.length)} images are too few: ${String(MINIMUM_IMAGES)} are needed.`, images.length);
    if (Math.min(shape.height, shape.width) < 4) return inconclusive('The images are too small to have a spectrum.', images.length);
    const taught = teach(images, shape, (label) => context.random(label));

    const features = traceFeatures(shape);
    const values = new Float32Array(features.count);
    const [ids, labels]: [string[], number[]] = [[], []];
    const traced = taught.map(({ alteration }) => ({ alteration, odds: [] as number[], oddsApart: [] as number[] }));
    let scored = 0;
    for await (const { sample, pixels } of frames.images(context.signal)) {
      if (isLate(0.5, scored)) return inconclusive('The time ran out before all images were scored.', scored);
      scored += 1;
      if (sample.label === undefined) continue;
      features.measure(pixels, values, 0);
      ids.push(sample.id);
      labels.push(sample.label);
      for (const [at, { logOdds, logOddsApart }] of taught.entries()) {
        traced[at]?.odds.push(logOdds(values, 0));
        traced[at]?.oddsApart.push(logOddsApart(values, 0, sample.label));
      }
    }
    const judged = judgeClasses(traced, rowsByClass(labels, dataset.classNames.length), labels);
    const [first] = judged.classes;
    if (first === undefined) return inconclusive('Fewer than two classes have enough images to be compared.', ids.length);
    const observe = (one: TracedClass) => ({
      message: 'altered-class' as const,
      data: { class: className(dataset.classNames, one.label), alteration: NAMES[one.alteration], share: percent(one.share), next: percent(one.next) },
      location: { targetClass: one.label },
    });
    const reported = judged.classes.filter(({ strength }) => strength > 1).slice(1);
    return {
      outcome: 'measured',
      examined: ids.length,
      metric: first.strength,
      measurements: judged.classes.map((one) => ({ name: `share with traces of ${NAMES[one.alteration]}`, value: one.share, location: { targetClass: one.label } })),
      observations: [observe(first), ...reported.map(observe)],
      sampleScores: sampleScores(ids, judged.scores, judged.suspects, (index) => `It carries the traces of ${NAMES[judged.alterationOf(index)]}, as a part of its class does and other classes do not.`),
    };
  },
});

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** Asked at every image and looks at the clock at every 64th. */
function pace(context: DetectContext, count: number): (from: number, done: number) => boolean {
  return (from, done) => {
    if (done % 64 !== 0) return false;
    context.progress(Math.min(1, from + (0.5 * done) / Math.max(1, count)), `image ${String(done)} of ${String(count)}`);
    return context.outOfTime();
  };
}
