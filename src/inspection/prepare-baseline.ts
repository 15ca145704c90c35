import path from 'node:path';
import type { Artifact } from '../artifacts/artifact.ts';
import { openFileSource } from '../artifacts/file-source.ts';
import { openCompanionOf } from '../artifacts/open-companion.ts';
import { GateError, toGateError } from '../errors.ts';
import type { OpenCompanion } from '../formats/format-reader.ts';
import type { Model } from '../model/model.ts';
import type { BaselineReference, Companion, InspectionRequest } from './inspection.ts';
import { readModel } from './read-model.ts';

const EARLIER_VERSION = 'earlier-version';

const NO_BASELINE = 'No earlier version was given: pass --baseline, or set "baseline" in the policy’s models block.';

export interface PreparedBaseline {
  readonly model: Model;
  /** External data of the earlier version; undefined where it has none. */
  readonly companions: readonly Companion[] | undefined;
}

/** The earlier version as a facet of the model, or why it is not there. What cannot be read is a problem, never silence. */
export async function prepareBaseline(request: Pick<InspectionRequest, 'baseline' | 'digest'>, model: Model, signal: AbortSignal): Promise<PreparedBaseline> {
  const { baseline } = request;
  const { facets, problems, absences, notes } = model;
  const absent = (reason: string): PreparedBaseline => ({ model: { ...model, absences: { ...absences, baseline: reason } }, companions: undefined });
  const broken = (reason: string): PreparedBaseline => ({ model: { ...model, problems: { ...problems, baseline: reason } }, companions: undefined });
  if (baseline === undefined) return absent(NO_BASELINE);
  if (baseline.kind !== 'file') return baseline.kind === 'none' ? absent(baseline.reason) : broken(baseline.reason);

  const { description } = baseline;
  try {
    const source = await openFileSource(baseline.file, EARLIER_VERSION);
    try {
      const earlier = await readModel(source, { path: EARLIER_VERSION, file: baseline.file, digest: baseline.digest, signal, openCompanion: companionsOf(baseline) });
      const companions = earlier.companions.map((one): Companion => ({ path: path.posix.relative('.', one.path), digest: one.digest, size: one.bytes.size }));
      if (baseline.digest === request.digest && haveSameDigests(model.companions, earlier.companions)) return absent(`The file is the earlier version itself (${description}): nothing changed.`);
      const compared = `Compared with ${description} (${baseline.digest}).`;
      return {
        model: { ...model, facets: { ...facets, baseline: { description, model: earlier } }, notes: [...notes, compared] },
        companions: companions.length === 0 ? undefined : companions,
      };
    } finally {
      await source.close();
    }
  } catch (thrown) {
    const { message, nextStep } = toGateError(thrown);
    return broken(`The earlier version (${description}) could not be read: ${message}${nextStep === undefined ? '' : ` ${nextStep}`}`);
  }
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
