import type { Artifact } from '../artifacts/artifact.ts';
import type { ByteRange } from '../artifacts/byte-source.ts';
import { memorySource } from '../artifacts/memory-source.ts';
import { windowedSource } from '../artifacts/windowed-source.ts';
import { GateError } from '../errors.ts';
import type { CodeProgram, UnexaminedPart } from '../model/code.ts';
import type { Tensors } from '../model/facets.ts';
import type { Model } from '../model/model.ts';
import type { FileOddity } from '../model/structure.ts';
import { elementCountOf, rawByteLength } from '../onnx/data-type.ts';
import type { FormatReader, ReadContext } from './format-reader.ts';
import { hdf5Beginning, openHdf5 } from './hdf5/hdf5-file.ts';
import { readTextAttributes } from './hdf5/read-attributes.ts';
import { walkHdf5, type Hdf5Contents } from './hdf5/walk-hdf5.ts';
import { followConfig } from './keras/follow-config.ts';
import { MAX_KERAS_CONFIG_BYTES } from './keras/keras-limits.ts';
import { namingArtifact } from './naming-artifact.ts';
import { shown } from './oddities/shown.ts';
import { readPickles } from './pickle/read-pickles.ts';
import { rawTensors } from './raw-tensors.ts';
import type { RawTensor } from './raw-values.ts';

/** What Keras deserializes of a file: the network, and how it was trained. */
const CONFIGURATIONS = ['model_config', 'training_config'];
const VERSIONS = ['keras_version', 'backend'];

const NO_GRAPH = 'A Keras file describes layers; it holds no graph.';

/**
 * HDF5 files: Keras models of before Keras 3 (`.h5`), whose root has the configuration as an attribute, and weights without
 * one (`.weights.h5`, also in `.keras` archives).
 */
export const kerasH5: FormatReader = {
  meta: {
    id: 'keras-h5',
    title: 'Keras HDF5',
    extensions: ['.h5', '.hdf5', '.keras'],
    specification: 'https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html (HDF5 File Format Specification 3.0); https://github.com/keras-team/keras/blob/v3.15.1/keras/src/legacy/saving/legacy_h5_format.py',
    provides: ['code', 'structure', 'tensors', 'metadata'],
    isStreamed: true,
    since: '0.3.0',
  },
  match(head) {
    return hdf5Beginning(head) === undefined ? undefined : 'certain';
  },
  read: (artifact, context) => namingArtifact(artifact.path, 'Save the model again with Keras, and fetch or upload it whole.', () => readKerasFile(artifact, context)),
};

async function readKerasFile(artifact: Artifact, { signal }: ReadContext): Promise<Model> {
  if (signal.aborted) throw new GateError({ code: 'inspection/cancelled', message: 'Reading the model was cancelled.' });
  const file = await openHdf5(windowedSource(artifact.bytes));
  const contents = await walkHdf5(file, signal);
  const attributes = await readTextAttributes(file, contents.root, new Set([...CONFIGURATIONS, ...VERSIONS]));
  const programs: CodeProgram[] = [];
  const rest = file.end < artifact.bytes.size ? [{ offset: file.end, length: artifact.bytes.size - file.end }] : [];
  const oddities: FileOddity[] = [
    ...elsewhere(contents),
    ...oversized(contents, artifact.bytes.size),
    ...rest.map((bytes): FileOddity => ({ kind: 'uncovered-bytes', place: 'the end of the file', bytes, detail: `The file says that it ends at ${file.end}; ${bytes.length} more bytes follow.` })),
  ];
  for (const name of CONFIGURATIONS) {
    const attribute = attributes.get(name);
    if (attribute === undefined || attribute.text === '') continue;
    const { text, offset, length } = attribute;
    if (length > MAX_KERAS_CONFIG_BYTES) throw new GateError({ code: 'format/limit-exceeded', message: `The attribute ${name} has ${length} bytes; ${MAX_KERAS_CONFIG_BYTES} are read.`, where: { offset } });
    const followed = followConfig(text, { place: `the attribute ${name}`, offset, length });
    programs.push(...followed.programs);
    oddities.push(...followed.oddities);
  }
  const configured = programs.length;
  const unexamined: UnexaminedPart[] = [];
  for (const { path, name, bytes, offset } of contents.pickled) {
    const inner = await readPickles(memorySource(bytes), signal);
    const within = <T extends { readonly range: ByteRange }>(one: T): T => ({ ...one, range: { offset, length: bytes.byteLength } });
    programs.push(...inner.programs.map((one) => within({ ...one, place: `${one.place} in the attribute ${shown(name)} of ${path === '' ? 'the file' : shown(path)}`, runs: 'decode' as const })));
    unexamined.push(...inner.unexamined.map(within));
  }
  const { tensors, unread } = tensorsOf(artifact, contents);
  const versions = VERSIONS.flatMap((name) => (attributes.has(name) ? [[name, attributes.get(name)?.text.slice(0, 100) ?? ''] as const] : []));
  return {
    artifact,
    format: 'keras-h5',
    facets: { code: { programs, unexamined }, structure: { examined: contents.objects, oddities }, metadata: new Map(versions), ...(tensors === undefined ? {} : { tensors }) },
    problems: {},
    absences: { graph: NO_GRAPH, ...(tensors === undefined ? { tensors: 'The file holds no numbers in one piece.' } : {}) },
    unclaimed: rest,
    companions: [],
    notes: [
      configured === 0 ? 'There is no Keras configuration in the file: weights alone, or another program’s data.' : `${programs[0]?.actions.length ?? 0} different classes and functions in the configuration.`,
      ...(unread === 0 ? [] : [`${unread} datasets are packed in chunks, have another byte order or hold no numbers; their values were not looked at.`]),
    ],
  };
}

/** Declared bytes beyond both of these are made to use up memory: weights are about as large as the file (CVE-2026-0897). */
const FREE_BYTES = 4 * 2 ** 30;
const MAX_DECLARED_RATIO = 1_000;

function oversized({ datasets }: Hdf5Contents, fileBytes: number): FileOddity[] {
  return datasets.flatMap(({ path, dataset: { type, shape } }): FileOddity[] => {
    const bytes = shape.reduce((product, size) => product * size, type.size);
    if (bytes <= FREE_BYTES || bytes <= fileBytes * MAX_DECLARED_RATIO) return [];
    return [{ kind: 'declared-size', place: `dataset ${shown(path)}`, detail: `The dataset is said to take ${bytes} bytes of memory; the whole file has ${fileBytes} (CVE-2026-0897).` }];
  });
}

function elsewhere({ datasets, external }: Hdf5Contents): FileOddity[] {
  return [
    ...external.map(({ path, file }): FileOddity => ({ kind: 'escaping-path', place: `link ${shown(path)}`, detail: `The link leads into the file ${shown(file)}: whoever loads the weights reads that.` })),
    ...datasets.filter(({ dataset }) => dataset.isElsewhere).map(({ path }): FileOddity => ({ kind: 'escaping-path', place: `dataset ${shown(path)}`, detail: 'The values of the dataset are kept in other files, which the loader reads (as in CVE-2026-1669).' })),
  ];
}

function tensorsOf(artifact: Artifact, { datasets }: Hdf5Contents): { readonly tensors?: Tensors; readonly unread: number } {
  const found: RawTensor[] = [];
  let unread = 0;
  for (const { path, dataset: { type, shape, range } } of datasets) {
    const count = elementCountOf(shape);
    // Nothing is kept of a dataset without elements.
    if (count === 0) continue;
    if (type.kind !== 'number' || range === undefined || count === undefined || rawByteLength(type.dataType, count) !== range.length) unread += 1;
    else found.push({ name: path, dataType: type.dataType, shape, source: artifact.bytes, range });
  }
  const tensors = rawTensors(found);
  return { unread, ...(tensors === undefined ? {} : { tensors }) };
}
