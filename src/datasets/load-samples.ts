import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { hasNpySignature, openNpy, type NpyArray } from './arrays/npy.ts';
import { hasZipSignature, listNpz } from './arrays/npz.ts';
import { chooseArrays } from './load-samples/choose-arrays.ts';
import { listImages, type ImageListing } from './load-samples/list-images.ts';
import { loadArrays } from './load-samples/load-arrays.ts';
import { loadImageFolder } from './load-samples/load-image-folder.ts';
import { invalidSamples, unreadableSamples } from './load-samples/sample-error.ts';
import type { LoadedSamples, SamplesTarget } from './loaded-samples.ts';
import { DEFAULT_SAMPLE_LIMITS, type SampleLimits } from './sample-limits.ts';

export interface LoadSamplesRequest {
  /** A folder of images or arrays, a .npz or a .npy. */
  readonly path: string;
  readonly target: SamplesTarget;
  readonly limits?: Partial<SampleLimits>;
}

/**
 * Reads clean inputs and brings them into pixel space: float32, NCHW, [0, 1], the target's size. The same files give
 * the same samples in the same order. Throws `samples/unreadable` when nothing can be read there and `samples/invalid`
 * when what is there is not samples for this model.
 */
export async function loadSamples(request: LoadSamplesRequest): Promise<LoadedSamples> {
  const { path, target } = request;
  const limits = { ...DEFAULT_SAMPLE_LIMITS, ...request.limits };
  const found = await stat(path).catch((error: unknown) => {
    throw unreadableSamples('There are no samples at this path.', path, error, 'Check the path; relative paths start at the policy file’s folder or the working directory.');
  });
  if (!found.isDirectory()) return loadArrayFile(path, found.size, target, limits);
  const listing = await listImages(path, limits);
  if (listing.images.length > 0) return loadImageFolder(path, listing, target, limits);
  if (listing.arrays.length > 0) return loadArrayFolder(path, listing, target, limits);
  throw invalidSamples(nothingFound(basename(path), listing), path);
}

function nothingFound(folder: string, listing: ImageListing): string {
  const kinds = [...listing.unreadKinds].map(([extension, count]) => `${count} ${extension}`).join(', ');
  return kinds === '' ? `The folder "${folder}" has no images.` : `The folder "${folder}" has no PNG or JPEG images, only ${kinds}.`;
}

async function loadArrayFile(path: string, size: number, target: SamplesTarget, limits: SampleLimits): Promise<LoadedSamples> {
  const bytes = await readArrayFile(path, size, limits);
  if (hasNpySignature(bytes)) return loadArrays(opened(bytes, path), undefined, target, limits, path);
  if (!hasZipSignature(bytes)) throw invalidSamples('The file is neither a folder of images nor a .npy or .npz file.', path);
  const members = reported(path, () => listNpz(bytes, { maxMembers: limits.maxArrayMembers, maxExpandedBytes: limits.maxArrayBytes }));
  const expand = (name: string): NpyArray => {
    const member = members.find((one) => one.name === name);
    return reported(path, () => openNpy(member?.expand() ?? new Uint8Array(0)));
  };
  return loadNamedArrays(members.map((member) => member.name), async (name) => expand(name), target, limits, path);
}

/** A folder of .npy files is read like a .npz; a folder with one .npz stands for it. */
async function loadArrayFolder(folder: string, listing: ImageListing, target: SamplesTarget, limits: SampleLimits): Promise<LoadedSamples> {
  const archives = listing.arrays.filter((name) => /\.npz$/i.test(name));
  const [archive] = archives;
  if (archive !== undefined && archives.length === 1 && listing.arrays.length === 1) {
    const file = join(folder, archive);
    return loadArrayFile(file, (await stat(file)).size, target, limits);
  }
  if (archive !== undefined) throw invalidSamples(`The folder has several files of arrays: ${listing.arrays.slice(0, 5).join(', ')}.`, folder, 'Name one of them.');
  const files = new Map(listing.arrays.map((name) => [name.slice(0, -'.npy'.length), join(folder, name)]));
  const open = async (name: string): Promise<NpyArray> => {
    const file = files.get(name) ?? '';
    return opened(await readArrayFile(file, (await stat(file)).size, limits), file);
  };
  return loadNamedArrays([...files.keys()], open, target, limits, folder);
}

async function loadNamedArrays(
  names: readonly string[], open: (name: string) => Promise<NpyArray>, target: SamplesTarget, limits: SampleLimits, place: string,
): Promise<LoadedSamples> {
  const chosen = chooseArrays(names);
  if (chosen === undefined) {
    throw invalidSamples(
      `None of the arrays (${names.slice(0, 8).join(', ')}${names.length > 8 ? ', ...' : ''}) has a name that says it holds images.`, place,
      'Name the arrays x and y, images and labels, or x_test and y_test.',
    );
  }
  const images = await open(chosen.images);
  const labels = chosen.labels === undefined ? undefined : await open(chosen.labels);
  const samples = loadArrays(images, labels, target, limits, place);
  if (chosen.others.length === 0) return samples;
  const from = `Samples were taken from the array "${chosen.images}"${chosen.labels === undefined ? '' : ` with the labels "${chosen.labels}"`}.`;
  return { ...samples, notes: [from, ...samples.notes] };
}

async function readArrayFile(path: string, size: number, limits: SampleLimits): Promise<Uint8Array> {
  if (size > limits.maxArrayBytes) {
    throw invalidSamples(`The file has ${size} bytes; at most ${limits.maxArrayBytes} are read.`, path, 'Give a smaller selection; a few hundred samples are enough.');
  }
  return readFile(path).catch((error: unknown) => {
    throw unreadableSamples('The file could not be read.', path, error, 'Check that the file may be read.');
  });
}

function opened(bytes: Uint8Array, path: string): NpyArray {
  return reported(path, () => openNpy(bytes));
}

/** Turns the plain errors of the array readers into ones that name the file and what to do. */
function reported<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw invalidSamples(`${basename(path)}: ${message}.`, path, 'Write the file again with numpy.save or numpy.savez, without pickled objects.');
  }
}
