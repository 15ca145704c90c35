import type { TObject } from '@sinclair/typebox';
import { Ajv, type ValidateFunction } from 'ajv';
import type { Detector } from '../../detectors/detector.ts';
import { GateError } from '../../errors.ts';
import { explainErrors } from '../check-schema/explain-errors.ts';
import { documentError } from '../document-error.ts';
import type { ResolvedDetector } from '../policy.ts';
import { DetectorCommonSchema } from '../policy.ts';
import type { DetectorBlock, LoadedDocument } from './policy-document.ts';

/**
 * Time a detector may take for one artifact. Six times what the slowest of the first detectors needs for an image
 * classifier on two cores, and short enough that a hanging one does not eat a CI job.
 */
export const DEFAULT_TIMEOUT_SECONDS = 120;

const TIERS: readonly Detector['meta']['cost']['tier'][] = ['weights', 'data-free', 'samples'];

const validators = new WeakMap<TObject, ValidateFunction>();

/** The enabled detectors with all options filled in, in the order they run: cheap ones first, each after what it builds on. */
export function resolveDetectors(
  blocks: Readonly<Record<string, DetectorBlock>>,
  chain: readonly LoadedDocument[],
  registry: readonly Detector[],
): ResolvedDetector[] {
  // A detector whose error rates are not settled runs only where somebody asked for it by name, or where it is a part of an
  // answer whose error rates are.
  const isAskedFor = ({ meta }: Detector): boolean => blockOf(blocks, meta.id).enabled ?? (meta.lifecycle === 'stable' || Object.hasOwn(blocks, meta.id));
  const combining = registry.filter((detector) => detector.meta.joins === true && isAskedFor(detector));
  const parts = new Set(combining.flatMap(({ meta }) => meta.after ?? []));
  const enabled = registry.filter((detector) => isAskedFor(detector) || (parts.has(detector.meta.id) && blockOf(blocks, detector.meta.id).enabled !== false));
  return inOrder(enabled).map((detector) => {
    const weighedBy = enabled.filter(({ meta }) => meta.joins === true && meta.after?.includes(detector.meta.id) === true).map(({ meta }) => meta.id);
    const { required, threshold, timeoutSeconds } = blockOf(blocks, detector.meta.id);
    return {
      id: detector.meta.id,
      required: required ?? false,
      options: optionsOf(detector, blockOf(blocks, detector.meta.id), chain),
      threshold,
      timeoutSeconds: timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS,
      ...(timeoutSeconds === undefined && detector.meta.family === 'dataset' ? { growsWithData: true as const } : {}),
      ...(weighedBy.length === 0 ? {} : { weighedBy }),
      ...(detector.meta.family === 'dataset' ? { subject: 'dataset' as const } : {}),
    };
  });
}

function blockOf(blocks: Readonly<Record<string, DetectorBlock>>, id: string): DetectorBlock {
  return (Object.hasOwn(blocks, id) ? blocks[id] : undefined) ?? {};
}

function optionsOf({ meta, options: schema }: Detector, block: DetectorBlock, chain: readonly LoadedDocument[]): Record<string, unknown> {
  const own = Object.entries(block).filter(([key]) => !Object.hasOwn(DetectorCommonSchema.properties, key));
  const options = structuredClone(Object.fromEntries(own));
  const validate = validators.get(schema) ?? new Ajv({ allErrors: true, verbose: true, strict: true, strictTuples: false, useDefaults: true }).compile(schema);
  validators.set(schema, validate);
  if (validate(options)) return options;

  // Every file passed the schema, so only what several of them say together can be wrong: show the last that spoke.
  const last = chain.findLast((one) => one.content.detectors?.[meta.id] !== undefined);
  const problems = explainErrors(validate.errors ?? []).map(({ path, part, message }) => {
    const at = ['detectors', meta.id, ...path];
    return { ...(last?.text.positionOf(at, part) ?? { line: 1, column: 1 }), path: at, message };
  });
  if (last !== undefined) throw documentError(problems, last.text.file);
  throw new GateError({
    code: 'internal/unexpected',
    message: `The default options of detector ${meta.id} break its own schema: ${problems.map((one) => one.message).join(' ')}`,
  });
}

function inOrder(detectors: readonly Detector[]): Detector[] {
  const waiting = [...detectors].sort((left, right) => TIERS.indexOf(left.meta.cost.tier) - TIERS.indexOf(right.meta.cost.tier));
  const placed: Detector[] = [];
  while (waiting.length > 0) {
    const index = waiting.findIndex(({ meta }) => !waiting.some((other) => meta.after?.includes(other.meta.id)));
    const [next] = index < 0 ? [] : waiting.splice(index, 1);
    if (next === undefined) {
      throw new GateError({ code: 'internal/unexpected', message: `Detectors wait for each other: ${waiting.map((one) => one.meta.id).join(', ')}.` });
    }
    placed.push(next);
  }
  return placed;
}
