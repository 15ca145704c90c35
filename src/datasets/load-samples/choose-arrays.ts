/** Names of image arrays and, at the same position, of their labels; the first pair whose images are there is used. */
const PAIRS: readonly (readonly [images: string, labels: readonly string[]])[] = [
  ['x', ['y', 'labels', 'label', 'targets']],
  ['images', ['labels', 'label', 'targets', 'y']],
  ['image', ['label', 'labels', 'target', 'y']],
  ['data', ['targets', 'labels', 'target', 'label', 'y']],
  ['inputs', ['targets', 'labels', 'outputs', 'y']],
  ['samples', ['labels', 'targets', 'y']],
  ['features', ['labels', 'targets', 'y']],
  ['arr_0', ['arr_1']],
];
/** Held-out data before training data: detectors want clean inputs the model has not memorised. */
const SPLITS = ['', 'test', 'testing', 'eval', 'val', 'valid', 'validation', 'train', 'training'] as const;

export interface ChosenArrays {
  readonly images: string;
  readonly labels?: string;
  /** Names of other arrays that could have been the images. */
  readonly others: readonly string[];
}

export interface ArrayPair {
  readonly images: string;
  readonly labels?: string;
}

/** Picks images and labels by name (`x_test`/`y_test`, `images`/`labels`, `arr_0`/`arr_1`, ...); undefined when no name is known. */
export function chooseArrays(names: readonly string[]): ChosenArrays | undefined {
  const found = findArrayPairs(names);
  const first = found.find((one) => one.labels !== undefined) ?? found[0];
  return first && { ...first, others: found.map((one) => one.images).filter((name) => name !== first.images) };
}

/** All images by name with their labels, held-out data first; a single array of another name is images too. */
export function findArrayPairs(names: readonly string[]): readonly ArrayPair[] {
  const byName = new Map(names.map((name) => [name.toLowerCase(), name]));
  const found: ArrayPair[] = [];
  for (const split of SPLITS) {
    for (const [imagesStem, labelStems] of PAIRS) {
      for (const spelling of spellings(split)) {
        const images = byName.get(spelling(imagesStem));
        if (images === undefined || found.some((one) => one.images === images)) continue;
        const labels = labelStems.map((stem) => byName.get(spelling(stem))).find((name) => name !== undefined);
        found.push(labels === undefined ? { images } : { images, labels });
      }
    }
  }
  const [only] = names;
  return found.length === 0 && names.length === 1 && only !== undefined ? [{ images: only }] : found;
}

function spellings(split: string): readonly ((stem: string) => string)[] {
  if (split === '') return [(stem) => stem];
  return [(stem) => `${stem}_${split}`, (stem) => `${split}_${stem}`, (stem) => `${stem}${split}`, (stem) => `${split}${stem}`];
}
