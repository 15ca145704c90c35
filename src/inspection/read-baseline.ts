import path from 'node:path';
import type { Artifact, Digest } from '../artifacts/artifact.ts';
import { openFileSource } from '../artifacts/file-source.ts';
import { openCompanionOf } from '../artifacts/open-companion.ts';
import { GateError, toGateError } from '../errors.ts';
import type { OpenCompanion } from '../formats/format-reader.ts';
import type { Model } from '../model/model.ts';
import type { BaselineReference, Companion, InspectionRequest } from './inspection.ts';
import { readParts } from './read-baseline/read-parts.ts';
import { readModel } from './read-model.ts';

export interface ReadBaseline {
  /** The model with the facet `baseline`, or with why it has none. */
  readonly model: Model;
  /** External data of the earlier version, relative to it; undefined without any. */
  readonly companions: readonly Companion[] | undefined;
  /** The earlier version is read piece by piece until then. */
  close(): Promise<void>;
}

/** What errors call it: where it lies on disk is nobody's concern. */
const EARLIER_VERSION = 'earlier-version';

const NO_BASELINE = 'No earlier version was given: pass --baseline, or set "baseline" in the policy’s models block.';

/** Reads the earlier version as the artifact is read. What cannot be read is a problem of the model, never silence and never a throw. */
export async function readBaseline({ baseline, digest }: Pick<InspectionRequest, 'baseline' | 'digest'>, model: Model, signal: AbortSignal): Promise<ReadBaseline> {
  const without = (why: 'absences' | 'problems', reason: string): ReadBaseline => ({
    model: { ...model, [why]: { ...model[why], baseline: reason } },
    companions: undefined,
    close: async () => undefined,
  });
  if (baseline === undefined) return without('absences', NO_BASELINE);
  if (baseline.kind === 'index') return readSeveral(baseline, digest, model, signal, without);
  if (baseline.kind !== 'file') return without(baseline.kind === 'none' ? 'absences' : 'problems', baseline.reason);

  const { description, file } = baseline;
  const source = await openFileSource(file, EARLIER_VERSION).catch((thrown: unknown) => toGateError(thrown));
  if (source instanceof Error) return without('problems', unreadable(description, source));
  try {
    const earlier = await readModel(source, { path: EARLIER_VERSION, file, digest: baseline.digest, signal, openCompanion: companionsOf(baseline) });
    if (baseline.digest === digest && haveSameDigests(model.companions, earlier.companions)) {
      await source.close();
      return without('absences', `The file is the earlier version itself (${description}): nothing changed.`);
    }
    const companions = earlier.companions.map((one): Companion => ({ path: path.posix.relative('.', one.path), digest: one.digest, size: one.bytes.size }));
    return {
      model: comparedWith(baseline, earlier, model),
      companions: companions.length === 0 ? undefined : companions,
      close: () => source.close(),
    };
  } catch (thrown) {
    await source.close();
    return without('problems', unreadable(description, toGateError(thrown)));
  }
}

/** An earlier version in several files: the artifact may be one of them, hold what several held, or be the whole in one file. */
async function readSeveral(
  baseline: Extract<BaselineReference, { kind: 'index' }>,
  digest: Digest,
  model: Model,
  signal: AbortSignal,
  without: (why: 'absences' | 'problems', reason: string) => ReadBaseline,
): Promise<ReadBaseline> {
  const { description, parts } = baseline;
  const same = parts.find((part) => part.digest === digest);
  if (same !== undefined) return without('absences', `The file is a part of the earlier version itself (${same.name} of ${description}): nothing changed in it.`);
  try {
    const earlier = await readParts(baseline, signal);
    return { model: comparedWith(baseline, earlier.model, model), companions: undefined, close: () => earlier.close() };
  } catch (thrown) {
    return without('problems', unreadable(description, toGateError(thrown)));
  }
}

function comparedWith({ description, digest }: Pick<Extract<BaselineReference, { kind: 'file' | 'index' }>, 'description' | 'digest'>, earlier: Model, model: Model): Model {
  return { ...model, facets: { ...model.facets, baseline: { description, model: earlier } }, notes: [...model.notes, `Compared with ${description} (${digest}).`] };
}

function unreadable(description: string, { message, nextStep }: GateError): string {
  return `The earlier version (${description}) could not be read: ${message}${nextStep === undefined ? '' : ` ${nextStep}`}`;
}

/** External data of an earlier version: beside it, and not what the change under test brings. */
function companionsOf(baseline: Extract<BaselineReference, { kind: 'file' }>): OpenCompanion {
  const open = openCompanionOf({ file: baseline.file, path: EARLIER_VERSION });
  return async (relativePath) => {
    const wanted = path.posix.normalize(relativePath);
    const isRefused = baseline.refusedCompanions.includes(wanted);
    if (baseline.hasCompanions && !isRefused) return open(relativePath);
    throw new GateError({
      code: 'format/external-data',
      message: isRefused ? `its external data ${wanted} is touched by the change under test.` : `it keeps its weights in other files (${wanted}), which are not fetched from the history.`,
      nextStep: 'Name an earlier version outside of the change as baseline.',
    });
  };
}

function haveSameDigests(some: readonly Artifact[], others: readonly Artifact[]): boolean {
  return some.length === others.length && some.every((one, at) => one.digest === others[at]?.digest);
}
