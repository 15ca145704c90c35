import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { SampleLimits } from '../sample-limits.ts';
import { byCodePoint } from './class-indexes.ts';
import { invalidSamples, unreadableSamples } from './sample-error.ts';

export interface ImageListing {
  /** Relative to the folder, with `/`, sorted. */
  readonly images: readonly string[];
  /** Arrays (.npy, .npz) directly in the folder. */
  readonly arrays: readonly string[];
  /** Names of labels files directly in the folder. */
  readonly labelsFiles: readonly string[];
  /** Files that look like images of kinds that are not read, by extension. */
  readonly unreadKinds: ReadonlyMap<string, number>;
}

const IMAGES = /\.(?:png|jpe?g|jpe|jfif)$/i;
const OTHER_IMAGES = /\.(?:bmp|gif|webp|tiff?|ppm|pgm|avif|heic|jp2|tga)$/i;
const ARRAYS = /\.np[yz]$/i;
const LABELS_FILE = /^labels\.(?:csv|json|txt)$/i;

/** Everything below a folder that could be samples. Hidden files and linked folders are left out; linked files count. */
export async function listImages(folder: string, limits: SampleLimits): Promise<ImageListing> {
  const images: string[] = [];
  const arrays: string[] = [];
  const labelsFiles: string[] = [];
  const unreadKinds = new Map<string, number>();
  let listed = 0;

  const visit = async (inner: string, depth: number): Promise<void> => {
    if (depth > limits.maxFolderDepth) throw invalidSamples(`The samples lie more than ${limits.maxFolderDepth} folders deep.`, folder);
    const entries = await readdir(join(folder, inner), { withFileTypes: true }).catch((error: unknown) => {
      throw unreadableSamples('A folder of the samples could not be listed.', join(folder, inner), error, 'Check that the folder exists and may be read.');
    });
    for (const entry of entries) {
      listed += 1;
      if (listed > limits.maxListedFiles) throw invalidSamples(`The samples folder has more than ${limits.maxListedFiles} files.`, folder, 'Give a folder with a smaller selection.');
      if (entry.name.startsWith('.') || entry.name === '__MACOSX') continue;
      const path = inner === '' ? entry.name : `${inner}/${entry.name}`;
      if (entry.isDirectory()) {
        await visit(path, depth + 1);
        continue;
      }
      if (!entry.isFile() && !(entry.isSymbolicLink() && (await isFile(join(folder, path))))) continue;
      if (IMAGES.test(entry.name)) images.push(path);
      else if (inner === '' && ARRAYS.test(entry.name)) arrays.push(path);
      else if (inner === '' && LABELS_FILE.test(entry.name)) labelsFiles.push(path);
      else countKind(entry.name, unreadKinds);
    }
  };
  await visit('', 0);
  return { images: images.sort(byCodePoint), arrays: arrays.sort(byCodePoint), labelsFiles: labelsFiles.sort(byCodePoint), unreadKinds };
}

function countKind(name: string, kinds: Map<string, number>): void {
  const extension = OTHER_IMAGES.exec(name)?.[0].toLowerCase();
  if (extension !== undefined) kinds.set(extension, (kinds.get(extension) ?? 0) + 1);
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then((target) => target.isFile(), () => false);
}
