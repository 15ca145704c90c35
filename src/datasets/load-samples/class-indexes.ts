import { invalidSamples } from './sample-error.ts';

/** How label names became class indexes; an order that was only assumed may be corrected when the samples are fitted. */
export type LabelSource = 'class-names' | 'indexes' | 'alphabetical';

export interface ClassIndexes {
  readonly source: LabelSource;
  readonly indexOf: ReadonlyMap<string, number>;
  readonly notes: readonly string[];
}

/**
 * Maps label names (class folders, entries of a labels file) to class indexes: by the model's class names when they are
 * known (ignoring case), else as integers when all are, else in alphabetical order of code points (torchvision's
 * rule). Throws `samples/invalid` when the names cannot be classes of the model.
 */
export function classIndexes(labels: Iterable<string>, classCount: number, classNames: readonly string[] | undefined, place: string): ClassIndexes {
  const names = [...new Set(labels)].sort(byCodePoint);
  const named = classNames === undefined ? undefined : byClassName(names, classNames, place);
  if (named !== undefined) return named;
  if (names.every((name) => /^\d{1,9}$/.test(name))) return byNumber(names, classCount, place);
  if (names.length > classCount) {
    throw invalidSamples(`The samples have ${names.length} classes, but the model has ${classCount}.`, place, 'Give samples of the classes the model was trained on.');
  }
  return {
    source: 'alphabetical',
    indexOf: new Map(names.map((name, index) => [name, index])),
    notes: [`Class names of the samples were numbered in alphabetical order ("${clip(names[0] ?? '')}" is class 0); give \`labels\` in the policy when the model's order differs.`],
  };
}

function byClassName(names: readonly string[], classNames: readonly string[], place: string): ClassIndexes | undefined {
  const known = new Map(classNames.map((name, index) => [name.toLowerCase(), index]));
  const unknown = names.filter((name) => !known.has(name.toLowerCase()));
  if (unknown.length === names.length) return undefined;
  if (unknown.length > 0) {
    throw invalidSamples(
      `${unknown.length} of ${names.length} class names of the samples are not class names of the model, such as "${clip(unknown[0] ?? '')}".`, place,
      'Rename or remove these classes, or correct the class names of the model.',
    );
  }
  return { source: 'class-names', indexOf: new Map(names.map((name) => [name, known.get(name.toLowerCase()) ?? 0])), notes: [] };
}

function byNumber(names: readonly string[], classCount: number, place: string): ClassIndexes {
  const numbers = names.map((name) => Number.parseInt(name, 10));
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  // 1..n for n classes can only be numbers that start at one.
  const first = high === classCount && low >= 1 ? 1 : 0;
  if (high - first >= classCount) {
    throw invalidSamples(
      `The samples have a class ${high}, but the model has ${classCount} classes (0 to ${classCount - 1}).`, place, 'Give samples of the classes the model was trained on.',
    );
  }
  return {
    source: 'indexes',
    indexOf: new Map(names.map((name, index) => [name, (numbers[index] ?? 0) - first])),
    notes: first === 1 ? [`The samples number their classes from 1 to ${classCount}; class 1 was taken for the model's class 0.`] : [],
  };
}

export function byCodePoint(first: string, second: string): number {
  return first < second ? -1 : first > second ? 1 : 0;
}

function clip(name: string): string {
  return name.length > 60 ? `${name.slice(0, 57)}...` : name;
}
