import type { DatasetFile } from '../../../artifacts/dataset-files.ts';
import { toGateError, GateError } from '../../../errors.ts';
import { normalizedName, parseLabelsFile } from '../../load-samples/labels-file.ts';
import type { ReadableFiles } from '../../dataset-reader.ts';

/** A line an image; a million images have 100 MB. */
const MAX_METADATA_BYTES = 256 * 2 ** 20;

const NAMES = /(?:^|\/)(?:labels\.(?:csv|json|txt)|metadata\.(?:csv|jsonl))$/i;

export interface MetadataLabels {
  readonly labels: ReadonlyMap<string, string>;
  readonly files: readonly string[];
  readonly notes: readonly string[];
}

/** Labels out of labels.csv, .json, .txt, metadata.csv or .jsonl, each for the images in its own folder and below; undefined where there is no such file. */
export async function metadataLabels(all: ReadableFiles, images: readonly string[]): Promise<MetadataLabels | undefined> {
  const files = all.list.filter(({ path }) => NAMES.test(path));
  if (files.length === 0) return undefined;
  const present = new Set(images);
  const labels = new Map<string, string>();
  let missing = 0;
  for (const file of files) {
    const folder = file.path.includes('/') ? `${file.path.slice(0, file.path.lastIndexOf('/'))}/` : '';
    for (const [name, label] of await labelsOf(file, all)) {
      const path = `${folder}${normalizedName(name)}`;
      if (present.has(path)) labels.set(path, label);
      else missing += 1;
    }
  }
  if (labels.size === 0) return undefined;
  const without = images.length - labels.size;
  return {
    labels, files: files.map(({ path }) => path),
    notes: [
      `Labels were taken from ${files.map(({ path }) => path).slice(0, 3).join(', ')}.`,
      ...(missing === 0 ? [] : [`${String(missing)} files that are named there are not in the dataset.`]),
      ...(without === 0 ? [] : [`${String(without)} images are not named there and count as unlabelled.`]),
    ],
  };
}

async function labelsOf(file: DatasetFile, all: ReadableFiles): Promise<ReadonlyMap<string, string>> {
  const text = new TextDecoder().decode(await all.read(file, MAX_METADATA_BYTES));
  const asCsv = file.path.toLowerCase().endsWith('.jsonl') ? linesAsList(text) : text;
  const name = file.path.toLowerCase().endsWith('.jsonl') ? 'labels.json' : file.path;
  try {
    return parseLabelsFile(asCsv, name, file.path);
  } catch (thrown) {
    throw new GateError({ code: 'dataset/invalid', message: toGateError(thrown).message, where: { artifact: file.path }, nextStep: 'Correct the file that names the labels.', cause: thrown });
  }
}

/** JSON lines as one JSON list. */
function linesAsList(text: string): string {
  return `[${text.split(/\r?\n/).filter((line) => line.trim() !== '').join(',')}]`;
}
