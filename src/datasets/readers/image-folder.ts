import type { DatasetFile } from '../../artifacts/dataset-files.ts';
import type { DatasetReader, RawRecord, ReadableFiles } from '../dataset-reader.ts';
import { MAX_IMAGE_BYTES } from '../dataset-limits.ts';
import { brokenSample } from '../open-dataset/broken-sample.ts';
import { encodedImage } from '../sample-content.ts';
import { folderLabels } from './image-folder/folder-labels.ts';
import { metadataLabels } from './image-folder/metadata-labels.ts';

/**
 * Folders of PNG and JPEG files: a folder a class, below train, test and other splits or not, or a file beside them that
 * names their labels. A sample is a file, so its id is the path and its digest the file's.
 */
export const imageFolder: DatasetReader = {
  id: 'image-folder',
  title: 'folders of images',
  async open(files, all) {
    const paths = files.map(({ path }) => path);
    const metadata = await metadataLabels(all, paths);
    const labels = metadata?.labels ?? folderLabels(paths);
    const records = async function* (signal: AbortSignal, isWanted: (record: number) => boolean = () => true): AsyncGenerator<RawRecord | undefined> {
      for (const [at, file] of files.entries()) {
        signal.throwIfAborted();
        yield isWanted(at) ? await record(file, labels.get(file.path), all) : undefined;
      }
    };
    return {
      kind: 'image', records, claimed: new Set([...paths, ...(metadata?.files ?? [])]),
      notes: metadata?.notes ?? (labels.size === 0 ? ['The images lie in no class folders and have no labels file, so they are unlabelled.'] : []),
    };
  },
};

async function record(file: DatasetFile, label: string | number | undefined, all: ReadableFiles): Promise<RawRecord> {
  const place = { file: file.path };
  try {
    const content = encodedImage(await all.read(file, MAX_IMAGE_BYTES));
    return { sample: { id: file.path, place, content, digest: file.digest, ...(label === undefined ? {} : { label }) } };
  } catch (thrown) {
    return brokenSample(place, thrown);
  }
}
