import { GateError } from '../../errors.ts';
import { atMost } from '../../artifacts/at-most.ts';
import { looksLikePickle } from '../pickle/looks-like-pickle.ts';
import { hdf5Error, type Hdf5File } from './hdf5-file.ts';
import { MAX_HDF5_OBJECTS } from './hdf5-limits.ts';
import { plainAttributes, type PlainAttribute } from './read-attributes.ts';
import { readDataset, type Hdf5Dataset } from './read-dataset.ts';
import { readHeader, type HeaderMessage } from './read-header.ts';
import { readLinks } from './read-links.ts';

export interface Hdf5Contents {
  readonly root: readonly HeaderMessage[];
  readonly datasets: readonly { readonly path: string; readonly dataset: Hdf5Dataset }[];
  /** Names of other files that links lead to, by the path of the link. */
  readonly external: readonly { readonly path: string; readonly file: string }[];
  readonly objects: number;
  /** Values of attributes that begin like a pickle: PyTables unpickles those of every object that it opens. */
  readonly pickled: readonly (PlainAttribute & { readonly path: string })[];
}

/** Enough of a value to see whether it is a pickle. */
const HEAD_BYTES = 4096;

/** Every object that can be reached from the root, each once. Soft links lead to objects that have a name of their own. */
export async function walkHdf5(file: Hdf5File, signal: AbortSignal): Promise<Hdf5Contents> {
  const datasets: { path: string; dataset: Hdf5Dataset }[] = [];
  const external: { path: string; file: string }[] = [];
  const pickled: (PlainAttribute & { path: string })[] = [];
  const seen = new Set([file.root]);
  const queue = [{ address: file.root, path: '' }];
  const root = await readHeader(file, file.root);
  for (let index = 0; index < queue.length; index += 1) {
    if (signal.aborted) throw new GateError({ code: 'inspection/cancelled', message: 'Reading the model was cancelled.' });
    const { address, path } = queue[index] as { address: number; path: string };
    const messages = index === 0 ? root : await readHeader(file, address);
    for (const one of plainAttributes(file, messages)) {
      if (looksLikePickle(atMost(one.bytes, HEAD_BYTES), one.bytes.byteLength > HEAD_BYTES) !== 'no') pickled.push({ ...one, path });
    }
    const dataset = readDataset(file, messages);
    if (dataset !== undefined) {
      datasets.push({ path, dataset });
      continue;
    }
    for (const link of await readLinks(file, messages)) {
      const name = path === '' ? link.name : `${path}/${link.name}`;
      if (link.kind === 'external') external.push({ path: name, file: link.target });
      if (link.kind !== 'object' || seen.has(link.address)) continue;
      if (queue.length >= MAX_HDF5_OBJECTS) throw hdf5Error('format/limit-exceeded', `The file has more than ${MAX_HDF5_OBJECTS} objects.`, file.base + link.address);
      seen.add(link.address);
      queue.push({ address: link.address, path: name });
    }
  }
  return { root, datasets, external, objects: queue.length, pickled };
}
