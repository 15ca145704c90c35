import type { DatasetFile } from '../../artifacts/dataset-files.ts';
import { openNpy, hasNpySignature, type NpyArray } from '../arrays/npy.ts';
import { listNpz } from '../arrays/npz.ts';
import type { DatasetReader, RawRecord, ReadableFiles } from '../dataset-reader.ts';
import { MAX_WHOLE_FILE_BYTES } from '../dataset-limits.ts';
import { GateError } from '../../errors.ts';
import { findArrayPairs } from '../load-samples/choose-arrays.ts';
import { DEFAULT_SAMPLE_LIMITS } from '../sample-limits.ts';
import { arrayContent, type ArrayContent } from './arrays/array-content.ts';
import { rowLabel } from './arrays/row-label.ts';

interface ArrayPair {
  /** In front of a sample's number in its id. */
  readonly name: string;
  readonly file: string;
  readonly content: ArrayContent;
  readonly labels: NpyArray | undefined;
}

/**
 * NumPy arrays: every pair of samples and labels in .npz files (x and y, images and labels, x_train and y_train ...) and in
 * .npy files of a folder. Arrays of Python objects would have to be unpickled and are refused. Held in memory as a whole.
 */
export const arrays: DatasetReader = {
  id: 'arrays',
  title: 'NumPy arrays (.npz, .npy)',
  async open(files, all) {
    const named = await namedArrays(files, all);
    const pairs = named.flatMap(pairsOf);
    const [first] = pairs;
    if (first === undefined) {
      throw new GateError({
        code: 'dataset/invalid', message: 'None of the arrays has a name that says it holds samples.',
        nextStep: 'Name the arrays x and y, images and labels, or x_train and y_train.',
      });
    }
    const used = new Set(pairs.map(({ name }) => name));
    return {
      kind: first.content.kind, claimed: new Set(files.map(({ path }) => path)),
      ...(first.content.kind === 'row' ? { columns: first.content.columns } : {}),
      notes: [...new Set(pairs.flatMap(({ content }) => content.notes)), ...(used.size > 1 ? [`Samples were taken from ${[...used].join(', ')}.`] : [])],
      async *records(signal): AsyncGenerator<RawRecord> {
        for (const { name, file, content, labels } of pairs) {
          for (let row = 0; row < content.count; row += 1) {
            signal.throwIfAborted();
            const label = labels === undefined ? undefined : rowLabel(labels, row);
            yield { sample: { id: `${name}#${String(row)}`, place: { file, record: row }, content: content.at(row), ...(label === undefined ? {} : { label }) } };
          }
        }
      },
    };
  },
};

interface NamedArrays {
  /** The .npz, or the folder of .npy files with a trailing slash. */
  readonly name: string;
  readonly names: readonly string[];
  open(name: string): { readonly array: NpyArray; readonly file: string };
}

async function namedArrays(files: readonly DatasetFile[], all: ReadableFiles): Promise<readonly NamedArrays[]> {
  const groups: NamedArrays[] = [];
  const single = new Map<string, Uint8Array>();
  for (const file of files) {
    const bytes = await all.read(file, MAX_WHOLE_FILE_BYTES);
    if (hasNpySignature(bytes)) {
      single.set(file.path, bytes);
      continue;
    }
    const members = reported(file.path, () => listNpz(bytes, { maxMembers: DEFAULT_SAMPLE_LIMITS.maxArrayMembers, maxExpandedBytes: MAX_WHOLE_FILE_BYTES }));
    groups.push({
      name: file.path, names: members.map(({ name }) => name),
      open: (name) => ({ file: file.path, array: reported(file.path, () => openNpy(members.find((one) => one.name === name)?.expand() ?? new Uint8Array(0))) }),
    });
  }
  for (const folder of new Set([...single.keys()].map(folderOf))) {
    const inside = new Map([...single].filter(([path]) => folderOf(path) === folder).map(([path, bytes]) => [path.slice(folder.length, -'.npy'.length), { path, bytes }]));
    groups.push({
      name: folder, names: [...inside.keys()],
      open: (name) => {
        const { path, bytes } = inside.get(name) ?? { path: name, bytes: new Uint8Array(0) };
        return { file: path, array: reported(path, () => openNpy(bytes)) };
      },
    });
  }
  return groups;
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}

function pairsOf(group: NamedArrays): ArrayPair[] {
  const found = findArrayPairs(group.names);
  const isOnly = found.length === 1 && group.name !== '' && !group.name.endsWith('/');
  return found.map(({ images, labels }): ArrayPair => {
    const { array, file } = group.open(images);
    const content = reported(file, () => arrayContent(array, file));
    const answers = labels === undefined ? undefined : group.open(labels).array;
    if (answers !== undefined && (answers.shape[0] ?? 0) !== content.count) {
      throw invalid(file, `${images} has ${String(content.count)} samples, but ${labels ?? ''} has ${String(answers.shape[0] ?? 0)} labels`);
    }
    const name = isOnly ? group.name : group.name.endsWith('/') || group.name === '' ? `${group.name}${images}` : `${group.name}/${images}`;
    return { name, file, content, labels: answers };
  });
}

function reported<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    if (thrown instanceof GateError) throw thrown;
    throw invalid(path, thrown instanceof Error ? thrown.message : String(thrown));
  }
}

function invalid(path: string, message: string): GateError {
  return new GateError({
    code: 'dataset/invalid', message: `${path}: ${message}.`, where: { artifact: path }, nextStep: 'Write the file again with numpy.savez, without pickled objects.',
  });
}
