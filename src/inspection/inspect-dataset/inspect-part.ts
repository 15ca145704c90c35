import type { DatasetFiles } from '../../artifacts/dataset-files.ts';
import { openRecords } from '../../datasets/open-dataset.ts';
import type { Classifier } from '../../model/classifier.ts';
import type { Model } from '../../model/model.ts';
import { featureMaker } from '../../poisoning/dataset-features.ts';
import type { InspectPorts } from '../inspect.ts';
import type { DatasetInspectionRequest } from '../inspect-dataset.ts';
import type { DatasetPart, Inspection } from '../inspection.ts';
import { prepareBehavior } from '../prepare-behavior.ts';
import { MAX_CLAIMED_FILES } from '../worker-messages.ts';
import type { PartHead } from './parts/part-schema.ts';
import { writePart, type WritePartRequest } from './parts/write-part.ts';
import { withTrainedModel } from './with-trained-model.ts';

const UNSTATED_INPUT =
  'Nothing says how pixels become the input of the model, and a shard sees too little of the dataset to find out: set "input" with mean and std, or "samples", in the policy’s models block.';

/** Reads a shard's part of a dataset and writes what detectors look at; they run when the parts are joined. */
export async function inspectPart(request: DatasetInspectionRequest, part: DatasetPart, files: DatasetFiles, ports: InspectPorts): Promise<Inspection> {
  const { signal } = ports;
  const records = await openRecords({ files, settings: request.dataset.settings, signal });
  const write = (more: Pick<WritePartRequest, 'model' | 'features'>): Promise<void> =>
    writePart({
      file: part.file, part: { index: part.index, count: part.count }, dataset: request.digest, records, ...more, signal,
      onProgress: (count) => ports.onProgress({ path: request.path, done: 0, what: `reading, record ${String(count)}` }),
    });
  await withModel(request, ports, write);
  return {
    format: records.format, notes: [...records.stream.notes, ...records.notes], companions: [], results: [],
    claimed: [...records.stream.claimed].slice(0, MAX_CLAIMED_FILES),
  };
}

async function withModel(request: DatasetInspectionRequest, ports: InspectPorts, write: (more: Pick<WritePartRequest, 'model' | 'features'>) => Promise<void>): Promise<void> {
  const named = request.dataset.model;
  if (named === undefined) return write({});
  const bare: Model = {
    artifact: { path: request.path, digest: request.digest, bytes: { size: 0, read: () => Promise.resolve(new Uint8Array(0)) } },
    format: '', facets: {}, problems: {}, absences: {}, unclaimed: [], companions: [], notes: [],
  };
  const { trained, notes, close } = await withTrainedModel(bare, request, ports.signal);
  const unusable = (problem: string): Promise<void> => write({ model: { digest: trained?.artifact.digest ?? NO_DIGEST, notes: [...notes], problem } });
  try {
    if (trained === undefined) return await unusable(notes[0] ?? 'The model could not be read.');
    if (request.isExecutionRefused === true) return await unusable('Running the model is refused in this event.');
    const prepared = await prepareBehavior({ ...request, settings: named.settings, settingsOrigin: named.settingsOrigin }, trained, ports.createEngine, new Set(['classifier']));
    try {
      const { classifier } = prepared.model.facets;
      if (classifier === undefined) return await unusable(prepared.model.problems.classifier ?? prepared.model.absences.classifier ?? 'It is no classifier.');
      if (named.settings.samples === undefined && !isStated(classifier)) return await unusable(UNSTATED_INPUT);
      const make = await featureMaker(classifier);
      if (typeof make === 'string') return await unusable(make);
      return await write({ model: { digest: trained.artifact.digest, notes: [...notes, ...prepared.notes], classifier: described(classifier) }, features: { classifier, make } });
    } finally {
      await prepared.close();
    }
  } finally {
    await close();
  }
}

const NO_DIGEST = `sha256:${'0'.repeat(64)}`;

/** Whether the samples would have had no say in it. */
function isStated({ input: { origin: { range, normalization } } }: Classifier): boolean {
  const isSaid = (origin: string): boolean => origin === 'policy' || origin === 'sidecar';
  return isSaid(normalization) || (normalization === 'graph' && isSaid(range));
}

function described({ engine, input, classCount, classNames, outputKind }: Classifier): NonNullable<NonNullable<PartHead['model']>['classifier']> {
  return {
    engine, classCount, outputKind, ...(classNames === undefined ? {} : { classNames: [...classNames] }),
    input: { ...input, range: [input.range[0], input.range[1]], mean: [...input.mean], std: [...input.std], origin: { ...input.origin } },
  };
}
