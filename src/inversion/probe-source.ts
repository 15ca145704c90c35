import { GateError } from '../errors.ts';
import type { Classifier } from '../model/classifier.ts';
import type { InputGradient } from '../model/input-gradient.ts';
import type { Probes, ProbeSource } from '../model/probes.ts';
import type { Samples } from '../model/samples.ts';
import { median } from '../statistics/median.ts';
import type { RandomSource } from '../statistics/random.ts';
import { argmax } from '../statistics/softmax.ts';
import { imageSize } from '../triggers/trigger.ts';
import { marginOf } from './outcome-of.ts';
import { drawPictures } from './draw-pictures.ts';
import { synthesizeProbes } from './synthesize-probes.ts';

/** Samples that are used of many; three times what the held-out part needs, and the rest to learn from. */
const MAX_PROBES = 512;

/** Floats of all probes together: 256 MiB (CWE-789). */
const MAX_VALUES = 2 ** 26;

/** Probes from the samples; drawn where there are none; made by the gradient where the model does not tell drawn ones apart, or takes no images. The work is done at the first `load`. */
export function probeSource(classifier: Classifier, gradient: InputGradient | undefined, samples: Samples | undefined, random: () => RandomSource): ProbeSource {
  let loaded: Promise<Probes> | undefined;
  return { load: () => (loaded ??= samples === undefined ? fromModel(classifier, gradient, random()) : fromSamples(classifier, samples, random())) };
}

async function fromModel(classifier: Classifier, gradient: InputGradient | undefined, random: RandomSource): Promise<Probes> {
  const { kind, channels, height, width } = classifier.input;
  const drawn = kind === 'image' ? await drawPictures(classifier, random) : undefined;
  // Pictures of which nearly all have one class are still an answer to whoever can make no others: that it is none.
  if (drawn !== undefined && (drawn.areToldApart || gradient === undefined)) return withPredictions(classifier, { origin: 'drawn', count: drawn.count, pixels: drawn.pixels, channels, height, width });
  if (gradient === undefined) throw new GateError({ code: 'internal/unexpected', message: 'Probes need samples, images or a gradient.' });
  const { count, pixels } = await synthesizeProbes(classifier, gradient, random);
  return withPredictions(classifier, { origin: 'synthesized', count, channels, height, width, pixels });
}

async function fromSamples(classifier: Classifier, samples: Samples, random: RandomSource): Promise<Probes> {
  const { channels, height, width } = samples;
  const size = imageSize(samples);
  const most = Math.min(MAX_PROBES, Math.floor(MAX_VALUES / size));
  const chosen = random.shuffle(Array.from({ length: samples.count }, (_, index) => index)).slice(0, most);
  const pixels = new Float32Array(chosen.length * size);
  chosen.forEach((sample, position) => pixels.set(samples.pixels.subarray(sample * size, (sample + 1) * size), position * size));
  return withPredictions(classifier, { origin: 'samples', count: chosen.length, channels, height, width, pixels });
}

async function withPredictions(classifier: Classifier, probes: Omit<Probes, 'predictions' | 'clearance'>): Promise<Probes> {
  const { classCount } = classifier;
  const logits = await classifier.logits(probes.pixels, probes.count);
  const rows = Array.from({ length: probes.count }, (_, probe) => logits.subarray(probe * classCount, (probe + 1) * classCount));
  const predictions = Int32Array.from(rows, (row) => argmax(row) ?? -1);
  const clearance = median(rows.map((row, probe) => marginOf(row, predictions[probe] as number))) ?? 0;
  return { ...probes, predictions, clearance };
}
