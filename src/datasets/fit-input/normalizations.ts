/** One usual way of making network input of pixels: `((low + p · (high − low)) − mean[c]) / std[c]`. */
export interface Normalization {
  /** Reads after "with". */
  readonly name: string;
  readonly range: readonly [low: number, high: number];
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

export const AS_THEY_ARE = 'pixels from 0 to 1 as they are';

/**
 * Published statistics, per channel in units of [0, 1]. ImageNet: torchvision's model documentation. The others are the
 * training sets' own statistics as commonly quoted (CIFAR: Krizhevsky 2009; MNIST: LeCun 1998; Fashion-MNIST: Xiao 2017;
 * GTSRB: Stallkamp 2012; SVHN: Netzer 2011). Simple and common ones come first: the first of equals is taken.
 */
const PUBLISHED: readonly Omit<Normalization, 'range'>[] = [
  { name: 'ImageNet’s mean and standard deviation', mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  { name: 'CIFAR-10’s mean and standard deviation', mean: [0.4914, 0.4822, 0.4465], std: [0.247, 0.2435, 0.2616] },
  { name: 'CIFAR-100’s mean and standard deviation', mean: [0.5071, 0.4867, 0.4408], std: [0.2675, 0.2565, 0.2761] },
  { name: 'GTSRB’s mean and standard deviation', mean: [0.3403, 0.3121, 0.3214], std: [0.2724, 0.2608, 0.2669] },
  { name: 'SVHN’s mean and standard deviation', mean: [0.4377, 0.4438, 0.4728], std: [0.198, 0.201, 0.197] },
  { name: 'MNIST’s mean and standard deviation', mean: [0.1307], std: [0.3081] },
  { name: 'Fashion-MNIST’s mean and standard deviation', mean: [0.286], std: [0.353] },
];

/** ImageNet's mean in units of [0, 255] and no standard deviation: what VGG and early ResNets were fed with (in RGB). */
const MEAN_ONLY_IMAGENET = [123.68, 116.779, 103.939] as const;

/** A channel that never changes would be divided by zero; a 255th is the smallest step of 8-bit images. */
const SMALLEST_STD = 1 / 255;

/** Pixels from 0 to 1, or over another range the policy names, without mean and standard deviation. */
export function plain(channels: number, range: readonly [number, number] = [0, 1]): Normalization {
  const name = range[0] === 0 && range[1] === 1 ? AS_THEY_ARE : `pixels from ${range[0]} to ${range[1]}`;
  return { name, range, mean: Array.from({ length: channels }, () => 0), std: Array.from({ length: channels }, () => 1) };
}

/** The usual normalizations for inputs with this many channels, the simplest first. */
export function usualNormalizations(channels: number, samples: { readonly count: number; readonly pixels: Float32Array }): readonly Normalization[] {
  const unit = [0, 1] as const;
  const repeat = (value: number): readonly number[] => Array.from({ length: channels }, () => value);
  return [
    plain(channels),
    { name: 'pixels from -1 to 1 (mean 0.5, standard deviation 0.5)', range: unit, mean: repeat(0.5), std: repeat(0.5) },
    plain(channels, [0, 255]),
    ...PUBLISHED.filter((one) => one.mean.length === channels).map((one): Normalization => ({ ...one, range: unit })),
    ...(channels === 3 ? [{ name: 'pixels from 0 to 255 less ImageNet’s mean', range: [0, 255] as const, mean: MEAN_ONLY_IMAGENET, std: repeat(1) }] : []),
    { name: 'the samples’ own mean and standard deviation', range: unit, ...channelStatistics(samples.pixels, samples.count, channels) },
  ];
}

/** The same normalization for pixels over another range: mean and std scale along. */
export function overRange(one: Normalization, range: readonly [number, number]): Normalization {
  const width = range[1] - range[0];
  return { ...one, range, mean: one.mean.map((mean) => range[0] + mean * width), std: one.std.map((std) => std * width) };
}

function channelStatistics(pixels: Float32Array, count: number, channels: number): { readonly mean: readonly number[]; readonly std: readonly number[] } {
  const area = pixels.length / (count * channels);
  const mean: number[] = [];
  const std: number[] = [];
  for (let channel = 0; channel < channels; channel += 1) {
    let [sum, squares] = [0, 0];
    for (let image = 0; image < count; image += 1) {
      const start = (image * channels + channel) * area;
      for (let at = start; at < start + area; at += 1) {
        const value = pixels[at] ?? 0;
        sum += value;
        squares += value * value;
      }
    }
    const average = sum / (count * area);
    mean.push(round(average));
    std.push(round(Math.max(SMALLEST_STD, Math.sqrt(Math.max(0, squares / (count * area) - average * average)))));
  }
  return { mean, std };
}

/** Four decimals: what a person would write into the policy, and more than accuracy depends on. */
function round(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
