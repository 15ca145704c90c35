import { openFileSource, type FileSource } from '../../artifacts/file-source.ts';
import { toGateError } from '../../errors.ts';
import type { FacetName } from '../../model/facets.ts';
import type { Model } from '../../model/model.ts';
import type { DatasetInspectionRequest } from '../inspect-dataset.ts';
import { readModel } from '../read-model.ts';

export interface DatasetWithModel {
  readonly model: Model;
  /** The model trained on the dataset; absent where none is named or it cannot be read. */
  readonly trained?: Model;
  readonly notes: readonly string[];
  /** Its file, of which tensors may be read as long as detectors run. */
  close(): Promise<void>;
}

/** Facets of a dataset's model that detectors of datasets look at. */
const OF_MODEL: readonly FacetName[] = ['tensors', 'graph', 'classifier', 'gradient', 'samples', 'probes'];

export const NO_TRAINED_MODEL = 'No model was named that was trained on this dataset: set "model" in the policy’s datasets block.';
const EXECUTION_REFUSED = 'Running the model is refused in this event.';

/** Reads the model that was trained on a dataset and adds what can be told of it without running it. */
export async function withTrainedModel(model: Model, request: DatasetInspectionRequest, signal: AbortSignal): Promise<DatasetWithModel> {
  const named = request.dataset.model;
  if (named === undefined) return { model: { ...model, absences: { ...model.absences, ...forAll(NO_TRAINED_MODEL) } }, notes: [], close: async () => undefined };
  let source: FileSource | undefined;
  const close = async (): Promise<void> => source?.close();
  try {
    source = await openFileSource(named.file, named.path);
    const trained = await readModel(source, { path: named.path, file: named.file, signal });
    const { tensors, graph } = trained.facets;
    const problems = request.isExecutionRefused === true ? { ...model.problems, classifier: EXECUTION_REFUSED, gradient: EXECUTION_REFUSED } : model.problems;
    return {
      trained, close,
      model: { ...model, problems, facets: { ...model.facets, ...(tensors === undefined ? {} : { tensors }), ...(graph === undefined ? {} : { graph }) } },
      notes: [`${named.path} (${trained.artifact.digest.slice(0, 19)}…) was taken for the model trained on the dataset.`],
    };
  } catch (thrown) {
    const reason = `The model ${named.path} could not be read: ${toGateError(thrown).message}`;
    return { model: { ...model, problems: { ...model.problems, ...forAll(reason) } }, notes: [reason], close };
  }
}

function forAll(reason: string): Partial<Record<FacetName, string>> {
  return Object.fromEntries(OF_MODEL.map((name) => [name, reason]));
}
