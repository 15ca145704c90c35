import { GateError } from '../errors.ts';
import type { InputSpecification } from '../model/classifier.ts';
import type { InputDescription } from './fit-input/input-description.ts';

/** What a policy's `models:` block or a sidecar says about the input. */
export interface InputSettings {
  readonly input?: {
    readonly layout?: InputSpecification['layout'];
    /** [height, width] in pixels. */
    readonly size?: readonly [number, number];
    readonly channels?: number;
    readonly range?: readonly [number, number];
    readonly mean?: readonly number[];
    readonly std?: readonly number[];
  };
}

type Origin = InputSpecification['origin']['size'];

/** A mean beyond this can only be in units of 0 to 255: every published mean in units of 0 to 1 is below 1. */
const LARGEST_UNIT_MEAN = 2;

/**
 * The input specification before samples are looked at: what the policy or sidecar says, else what the graph says,
 * else pixels from 0 to 1 as they are. `origin` says which. Throws `policy/invalid` when the two contradict each other
 * or the size of the input is said nowhere.
 */
export function baseSpecification(description: InputDescription, settings: InputSettings, settingsOrigin: 'policy' | 'sidecar' | 'none'): InputSpecification {
  const said = settings.input ?? {};
  const user: Origin = settingsOrigin === 'none' ? 'policy' : settingsOrigin;
  const { channels, height, width } = vectorAsImage(description, said) ?? {
    channels: agreed('channels', said.channels, description.channels),
    height: agreed('height', said.size?.[0], description.height),
    width: agreed('width', said.size?.[1], description.width),
  };
  const asGraphSays = description.kind === 'image' || said.size === undefined;
  const graphKnowsSize = asGraphSays && description.channels !== undefined && description.height !== undefined && description.width !== undefined;

  const mean = said.mean && perChannel('mean', said.mean, channels);
  const std = said.std && perChannel('std', said.std, channels);
  const range = said.range ?? (description.integer || mean?.some((value) => Math.abs(value) > LARGEST_UNIT_MEAN) === true ? [0, 255] as const : [0, 1] as const);
  const rangeOrigin: Origin = said.range !== undefined || mean !== undefined || std !== undefined ? user : description.integer ? 'graph' : 'default';
  const normalizationOrigin: Origin = mean !== undefined || std !== undefined ? user : description.normalizes || description.integer ? 'graph' : 'default';
  return {
    kind: asGraphSays ? description.kind : 'image',
    layout: description.kind === 'vector' ? description.layout : (said.layout ?? description.layout),
    channels,
    height,
    width,
    range,
    mean: mean ?? Array.from({ length: channels }, () => 0),
    std: std ?? Array.from({ length: channels }, () => 1),
    origin: {
      layout: said.layout === undefined || description.kind === 'vector' ? 'graph' : user,
      size: graphKnowsSize ? 'graph' : user,
      range: rangeOrigin,
      normalization: normalizationOrigin,
    },
  };
}

/** A graph that takes vectors says nothing of the image laid out in them; the policy can. */
function vectorAsImage(
  description: InputDescription, said: NonNullable<InputSettings['input']>,
): { readonly channels: number; readonly height: number; readonly width: number } | undefined {
  if (description.kind !== 'vector' || said.size === undefined) return undefined;
  const [height, width] = said.size;
  const channels = said.channels ?? 1;
  if (description.width !== undefined && channels * height * width !== description.width) {
    throw invalid(
      `The policy gives the input ${channels}x${height}x${width}, but the graph takes vectors of ${description.width} numbers.`, 'size',
      'Correct `size` and `channels` of `input` in the policy or sidecar.',
    );
  }
  return { channels, height, width };
}

function agreed(what: string, said: number | undefined, found: number | undefined): number {
  if (said !== undefined && found !== undefined && said !== found) {
    throw invalid(`The policy gives the input ${what} ${said}, but the graph takes ${found}.`, what, 'Correct `input` in the policy or sidecar, or leave it out.');
  }
  const value = said ?? found;
  if (value === undefined) {
    throw invalid(`The graph does not say the ${what} of its input.`, what, 'Give `input: {size: [height, width], channels: 3}` in the policy or a sidecar.');
  }
  return value;
}

/** One value stands for every channel. */
function perChannel(what: string, values: readonly number[], channels: number): readonly number[] {
  const [first] = values;
  if (values.length === 1 && first !== undefined) return Array.from({ length: channels }, () => first);
  if (values.length === channels) return values;
  throw invalid(`The policy gives ${values.length} values as ${what}, but the input has ${channels} channels.`, what, `Give one value or ${channels}.`);
}

function invalid(message: string, field: string, nextStep: string): GateError {
  return new GateError({ code: 'policy/invalid', message, where: { field: `input.${field === 'height' || field === 'width' ? 'size' : field}` }, nextStep });
}
