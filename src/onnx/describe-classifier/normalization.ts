import type { OnnxDataType } from '../onnx-model.ts';
import type { InputChain } from './follow-input.ts';

/** The graph computes (x − mean) / std of its input, one number for all channels or one a channel. */
export interface EmbeddedNormalization {
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** Values of a black and a white pixel that the numbers were chosen for, when they tell. */
  readonly range?: readonly [low: number, high: number];
}

export interface DescribedNormalization {
  readonly normalization: EmbeddedNormalization;
  readonly note: string;
}

/** Constants beyond this were chosen for bytes: ImageNet's 123.7 and 58.4, 127.5, 255. */
const BYTE_SCALE = 4;

/** Standard deviations of pixels in [0, 1] lie between these; ImageNet's are 0.22, CIFAR's 0.2 to 0.27, MNIST's 0.31, and 0.5 is common. */
const UNIT_STD = [0.05, 1] as const;

/** What the leading arithmetic of a graph means for the input it wants; undefined when there is none. */
export function describeNormalization({ affine, isLearned }: InputChain, elementType: OnnxDataType): DescribedNormalization | undefined {
  if (affine === undefined) return undefined;
  const { scale, shift } = affine;
  const count = Math.max(scale.length, shift.length);
  const at = (list: readonly number[], channel: number): number => (list.length === 1 ? list[0] : list[channel]) ?? NaN;
  const channels = Array.from({ length: count }, (_, channel) => channel);
  const std = channels.map((channel) => tidy(1 / at(scale, channel)));
  const mean = channels.map((channel) => tidy(-at(shift, channel) / at(scale, channel)));
  if (![...mean, ...std].every(Number.isFinite)) return undefined;
  const range = rangeOf(mean, std, isLearned, elementType);
  const text = `The graph normalises its input itself (mean ${mean.map(short).join(', ')}; std ${std.map(short).join(', ')})`;
  return {
    normalization: { mean, std, ...(range === undefined ? {} : { range }) },
    note: range === undefined ? `${text}; the range of its pixels does not follow from that.` : `${text} and takes pixels from ${range[0]} to ${range[1]}.`,
  };
}

function rangeOf(mean: readonly number[], std: readonly number[], isLearned: boolean, elementType: OnnxDataType): readonly [number, number] | undefined {
  if (elementType === 'uint8') return [0, 255];
  const isForBytes = std.some((one) => Math.abs(one) > BYTE_SCALE) || mean.some((one) => Math.abs(one) > BYTE_SCALE);
  if (isForBytes) return [0, 255];
  // Statistics a network learned fit whatever it was trained on, not only pixels.
  if (isLearned) return undefined;
  const isForUnits = std.every((one) => one >= UNIT_STD[0] && one <= UNIT_STD[1]) && mean.every((one) => one >= 0 && one <= 1);
  return isForUnits ? [0, 1] : undefined;
}

/** Float32 constants as the decimal numbers they were written as. */
function tidy(value: number): number {
  return value === 0 ? 0 : Number(value.toPrecision(7));
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}
