import type { ImageListing } from './list-images.ts';
import { counted } from './counted.ts';
import { normalizedName } from './labels-file.ts';
import { invalidSamples } from './sample-error.ts';

export interface NamedImage {
  readonly path: string;
  /** As written: the name of a class folder or the entry of a labels file. */
  readonly label?: string;
}

export interface NamedImages {
  readonly images: readonly NamedImage[];
  readonly notes: readonly string[];
}

/** Folders that split a dataset instead of naming classes; the first that is there is used. */
const SPLITS = ['test', 'testing', 'eval', 'val', 'valid', 'validation', 'train', 'training'] as const;

/** Gives images the labels of a labels file; a name without folders also stands for the only file of that name. */
export function labelByFile(images: readonly string[], labels: ReadonlyMap<string, string>, place: string): NamedImages {
  const byBaseName = new Map<string, string | undefined>();
  for (const path of images) {
    const name = baseName(path);
    byBaseName.set(name, byBaseName.has(name) ? undefined : path);
  }
  const present = new Set(images);
  const labelOf = new Map<string, string>();
  let missing = 0;
  for (const [file, label] of labels) {
    const key = normalizedName(file);
    const path = present.has(key) ? key : byBaseName.get(baseName(key));
    if (path === undefined) missing += 1;
    else labelOf.set(path, label);
  }
  if (labelOf.size === 0) throw invalidSamples('None of the files named in the labels file is there.', place, 'Name the files relative to the labels file.');
  const labelled = images.flatMap((path): NamedImage[] => {
    const label = labelOf.get(path);
    return label === undefined ? [] : [{ path, label }];
  });
  return {
    images: labelled,
    notes: [
      ...(missing === 0 ? [] : [`Missing: ${missing} of ${counted(labels.size, 'file')} named in the labels file.`]),
      ...(labelled.length === images.length ? [] : [`Left out: ${counted(images.length - labelled.length, 'image')} without a label.`]),
    ],
  };
}

/**
 * Reads labels off folder names: one subfolder a class. Folders around the class folders are stepped into, of
 * test/val/train folders the first is used, and a folder with images only gives samples without labels.
 */
export function labelByFolder(listing: ImageListing, isClassName: (name: string) => boolean): NamedImages {
  const notes: string[] = [];
  let prefix = '';
  let images = listing.images;
  for (;;) {
    const start = prefix.length;
    const nested = images.filter((path) => path.includes('/', start));
    const folders = new Set(nested.map((path) => folderAt(path, start)));
    const beside = images.length - nested.length;
    if (folders.size === 0) return { images: images.map((path) => ({ path })), notes };
    const split = SPLITS.find((name) => [...folders].some((folder) => folder.toLowerCase() === name));
    const onlySplits = split !== undefined && beside === 0 && [...folders].every((folder) => (SPLITS as readonly string[]).includes(folder.toLowerCase()));
    const [only] = folders;
    const wrapper = folders.size === 1 && beside === 0 && only !== undefined && !isClassName(only) ? only : undefined;
    const inner = onlySplits ? [...folders].find((folder) => folder.toLowerCase() === split) : wrapper;
    if (inner === undefined) {
      if (beside > 0) notes.push(`Left out: ${counted(beside, 'image')} beside the class folders.`);
      return { images: nested.map((path) => ({ path, label: folderAt(path, start) })), notes };
    }
    if (onlySplits && folders.size > 1) notes.push(`Of the folders ${[...folders].join(', ')}, samples were taken from ${inner}.`);
    prefix += `${inner}/`;
    images = images.filter((path) => path.startsWith(prefix));
  }
}

function folderAt(path: string, start: number): string {
  return path.slice(start, path.indexOf('/', start));
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
