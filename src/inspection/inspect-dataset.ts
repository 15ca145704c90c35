import { datasetFiles, type DatasetFiles } from '../artifacts/dataset-files.ts';
import { memorySource } from '../artifacts/memory-source.ts';
import { samplesRoot } from '../artifacts/samples-root.ts';
import { openDataset, type OpenedDataset } from '../datasets/open-dataset.ts';
import { sampleLines } from '../datasets/sample-lines.ts';
import { GateError, toGateError } from '../errors.ts';
import type { Model } from '../model/model.ts';
import type { InspectPorts } from './inspect.ts';
import { appendLines } from './inspect-dataset/append-lines.ts';
import { datasetSummary } from './inspect-dataset/dataset-summary.ts';
import { inspectPart } from './inspect-dataset/inspect-part.ts';
import { nameSuspects } from './inspect-dataset/name-suspects.ts';
import { joinParts, type JoinedParts } from './inspect-dataset/parts/join-parts.ts';
import { damagedPart } from './inspect-dataset/parts/part-frames.ts';
import { prepareDatasetModel } from './inspect-dataset/prepare-dataset-model.ts';
import { prepareJoinedModel } from './inspect-dataset/prepare-joined-model.ts';
import { readTrusted } from './inspect-dataset/read-trusted.ts';
import { NO_TRAINED_MODEL, withTrainedModel } from './inspect-dataset/with-trained-model.ts';
import { writeScores } from './inspect-dataset/write-scores.ts';
import type { DatasetRequest, Inspection, InspectionRequest } from './inspection.ts';
import { readTrainingLog } from '../datasets/read-training-log.ts';
import type { PreparedModel } from './prepare-behavior.ts';
import { runDetectors } from './run-detectors.ts';
import { MAX_CLAIMED_FILES } from './worker-messages.ts';

export type DatasetInspectionRequest = InspectionRequest & { readonly dataset: DatasetRequest };

/** Reads one dataset, with the model trained on it, its approved version and its training log where they are known, and runs the detectors on it. */
export async function inspectDataset(request: DatasetInspectionRequest, ports: InspectPorts, isLate: () => boolean): Promise<Inspection> {
  const { path, dataset: { settings, part, joined } } = request;
  const { signal } = ports;
  const onRead = (samples: number): void => ports.onProgress({ path, done: 0, what: `reading, ${String(samples)} samples` });
  if (joined !== undefined) return inspectJoined(request, await joinParts(joined, signal, onRead), ports, isLate);
  ports.onProgress({ path, done: 0, what: 'hashing' });
  const files = await datasetFiles(request.file, { signal, onProgress: (done, count) => ports.onProgress({ path, done: 0, what: `hashing, file ${String(done)} of ${String(count)}` }) });
  stopIfOther(files, request);
  if (part !== undefined) return inspectPart(request, part, files, ports);
  const opened = await openDataset({ files, settings, signal, onProgress: onRead });
  const read = await withTrainedModel(await modelOf(request, files, opened, signal), request, signal);
  try {
    return await inspectOpened({ request, ports, isLate, opened, model: read.model, notes: read.notes, prepare: () => prepareDatasetModel(request, read, ports) });
  } finally {
    await read.close();
  }
}

/** The same with the dataset and what the model makes of it taken from the parts of shards. */
async function inspectJoined(request: DatasetInspectionRequest, parts: JoinedParts, ports: InspectPorts, isLate: () => boolean): Promise<Inspection> {
  if (parts.head.dataset !== request.digest) throw damagedPart();
  const bare = await modelOf(request, undefined, parts, ports.signal);
  const model = parts.head.model === undefined ? { ...bare, absences: { ...bare.absences, classifier: NO_TRAINED_MODEL, gradient: NO_TRAINED_MODEL } } : bare;
  return inspectOpened({ request, ports, isLate, opened: parts, model, notes: [], prepare: () => prepareJoinedModel(model, parts, ports.signal) });
}

interface OpenedInspection {
  readonly request: DatasetInspectionRequest;
  readonly ports: InspectPorts;
  readonly isLate: () => boolean;
  readonly opened: OpenedDataset;
  readonly model: Model;
  readonly notes: readonly string[];
  readonly prepare: () => Promise<PreparedModel>;
}

async function inspectOpened({ request, ports, isLate, opened, model, notes, prepare }: OpenedInspection): Promise<Inspection> {
  const { scoresFile, samplesFile, wantsSamplesRoot } = request.dataset;
  const { signal } = ports;
  if (samplesFile !== undefined) await appendLines(samplesFile, sampleLines(opened.facet, signal));
  const root = wantsSamplesRoot ? await samplesRoot(sampleLines(opened.facet, signal)) : undefined;
  return runDetectors({
    request, ports, isLate, model, prepare,
    described: {
      format: opened.format, notes: [...opened.notes, ...notes], companions: [], dataset: datasetSummary(opened.facet),
      claimed: [...opened.claimed].slice(0, MAX_CLAIMED_FILES),
      ...(root === undefined ? {} : { samplesRoot: root }),
    },
    async finish(run) {
      if (scoresFile !== undefined && run.sampleScores !== undefined) await writeScores(scoresFile, run, opened.facet, signal);
      return nameSuspects(run, opened.facet, signal);
    },
  });
}

function stopIfOther({ root }: DatasetFiles, { digest, path }: InspectionRequest): void {
  if (root === digest) return;
  throw new GateError({
    code: 'artifact/changed', message: 'The dataset changed while it was being scanned.', where: { artifact: path }, nextStep: 'Run again when nothing writes to it.',
  });
}

const NO_MANIFEST = 'There is no approved version of the dataset to compare with: write a manifest with "modelgate dataset lock", or scan a change (--changed, a pull request).';
const NO_LOG = 'No training log was given: name it as "trainingLog" in the policy’s datasets block.';

async function modelOf({ path, digest, dataset: { settings, trusted, trainingLog } }: DatasetInspectionRequest, files: DatasetFiles | undefined, { facet, format }: OpenedDataset, signal: AbortSignal): Promise<Model> {
  const problems: Record<string, string> = {};
  const attempt = async <T>(name: string, read: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await read();
    } catch (thrown) {
      problems[name] = toGateError(thrown).message;
      return undefined;
    }
  };
  const compared = trusted === undefined ? undefined : await attempt('trustedDataset', () => readTrusted(trusted, { dataset: facet, ...(files === undefined ? {} : { files }), settings: { ...settings, format: format.slice('dataset/'.length) } }, signal));
  const log = trainingLog === undefined ? undefined : await attempt('trainingLog', () => readTrainingLog(trainingLog, signal));
  return {
    artifact: { path, digest, bytes: memorySource(new Uint8Array(0)) },
    format,
    facets: {
      dataset: compared?.dataset ?? facet,
      ...(compared === undefined ? {} : { trustedDataset: compared.trusted }),
      ...(log === undefined ? {} : { trainingLog: log }),
    },
    problems,
    absences: { trustedDataset: NO_MANIFEST, trainingLog: NO_LOG },
    unclaimed: [], companions: [], notes: [],
  };
}
