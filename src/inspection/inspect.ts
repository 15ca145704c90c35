import { openFileSource } from '../artifacts/file-source.ts';
import type { Engine } from '../engines/engine.ts';
import type { FormatReader } from '../formats/format-reader.ts';
import { ambiguous } from '../formats/identify.ts';
import { formatReaders } from '../formats/index.ts';
import type { Model } from '../model/model.ts';
import type { Result } from '../report.ts';
import type { PlacedPicture } from './draw-pictures.ts';
import { inspectDataset } from './inspect-dataset.ts';
import type { Companion, Inspection, InspectionProgress, InspectionRequest } from './inspection.ts';
import { openPart } from './open-part.ts';
import { prepareBehavior } from './prepare-behavior.ts';
import { prepareReference } from './prepare-reference.ts';
import { readBaseline } from './read-baseline.ts';
import { readModel } from './read-model.ts';
import { readersOf } from './readers-of.ts';
import { runDetectors } from './run-detectors.ts';
import { triageMembers } from './triage-members.ts';

export interface InspectPorts {
  readonly createEngine: () => Promise<Engine>;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: InspectionProgress) => void;
  /** Called once the artifact is read, before any detector runs. */
  readonly onDescribed: (described: Pick<Inspection, 'format' | 'engine' | 'notes' | 'companions' | 'baselineCompanions' | 'members' | 'dataset' | 'samplesRoot' | 'claimed'>) => void;
  /** With each picture goes the place of its observation in the result. */
  readonly onResult: (result: Result, pictures: readonly PlacedPicture[]) => void;
  /** Results of an earlier process: these detectors do not run again, and others may look at what they found. */
  readonly earlierResults?: readonly Result[];
}

/** Reads one artifact and runs the detectors on it. Runs inside the supervised process; throws only GateErrors. */
export async function inspectArtifact(request: InspectionRequest, ports: InspectPorts): Promise<Inspection> {
  const started = ports.now();
  const isLate = (): boolean => ports.now() - started > COOPERATIVE_SHARE * 1000 * request.deadlineSeconds;
  if (request.dataset !== undefined) return inspectDataset({ ...request, dataset: request.dataset }, ports, isLate);
  const source = await openFileSource(request.file, request.path);
  try {
    ports.onProgress({ path: request.path, done: 0, what: 'reading' });
    const { path, file, digest, size, within, readAs, expansionBytes, identity } = request;
    const bytes = within === undefined ? source : await openPart(source, within, path);
    const readers = await readersOf(bytes, path, readAs);
    if (readers.length > 1) return readInEveryWay(readers, { path, digest, size });
    const model = await readModel(bytes, {
      path, digest, signal: ports.signal, reader: readers[0], isHashed: within === undefined && identity === source.identity,
      ...(within === undefined ? { file } : {}), ...(expansionBytes === undefined ? {} : { expansionBytes }),
      onProgress: percents((percent) => ports.onProgress({ path, done: 0, what: `hashing, ${percent} %` })),
      progress: (done, what) => ports.onProgress({ path, done, what }),
    });
    const isArchive = model.facets.archive !== undefined;
    const baseline = await readBaseline(isArchive && model.facets.tensors === undefined ? { digest } : request, await prepareReference(request, model), ports.signal);
    try {
      return await inspectModel(request, baseline.model, ports, isLate, baseline.companions);
    } finally {
      await baseline.close();
    }
  } finally {
    await source.close();
  }
}

/** Tells of whole percents only: a large file is hashed in ten thousand pieces. */
function percents(tell: (percent: number) => void): (done: number, size: number) => void {
  let last = -1;
  return (done, size) => {
    const percent = Math.floor((100 * done) / size);
    if (percent === last) return;
    last = percent;
    tell(percent);
  };
}

/** Bytes that are several formats at once are hostile whatever they hold, and are read as each of them all the same. */
function readInEveryWay(readers: readonly FormatReader[], { path, digest, size }: Pick<InspectionRequest, 'path' | 'digest' | 'size'>): Inspection {
  return {
    notes: [], companions: [], results: [],
    error: ambiguous(readers, path).toData(),
    members: readers.map(({ meta }) => ({ name: `(as ${meta.id})`, size, digest, readAs: meta.id })),
  };
}

/** Share of the time for an artifact after which nothing new is begun: the rest is for answering, and for joining what there is. */
const COOPERATIVE_SHARE = 0.9;

async function inspectModel(request: InspectionRequest, read: Model, ports: InspectPorts, isLate: () => boolean, baselineCompanions: readonly Companion[] | undefined): Promise<Inspection> {
  const { archive } = read.facets;
  const triage = archive === undefined ? undefined : triageMembers(archive.members, request.path, formatReaders);
  const isRefused = request.isExecutionRefused === true && archive === undefined;
  return runDetectors({
    request, ports, isLate,
    model: isRefused ? { ...read, problems: { ...read.problems, classifier: EXECUTION_REFUSED } } : read,
    described: {
      format: read.format, notes: [...read.notes, ...(triage?.notes ?? [])],
      companions: read.companions.map((one): Companion => ({ path: one.path, digest: one.digest, size: one.bytes.size })),
      ...(baselineCompanions === undefined ? {} : { baselineCompanions }), ...(triage === undefined ? {} : { members: triage.members }),
    },
    prepare: (needs) => prepareBehavior(request, read, ports.createEngine, needs),
  });
}

const EXECUTION_REFUSED = 'Running the model is refused in this event.';
