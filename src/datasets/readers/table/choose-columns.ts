import type { DatasetSettings } from '../../dataset-settings.ts';
import { GateError } from '../../../errors.ts';
import type { SampleContent } from '../../../model/dataset.ts';

/** An image is its file's bytes, or pixels where they are stored as such. */
export type Cell = number | string | null | Uint8Array | PixelCell;
export type PixelCell = Extract<SampleContent, { readonly kind: 'image' }>;
export type Row = ReadonlyMap<string, Cell>;

/** What a table's columns are. */
export interface ChosenColumns {
  readonly shape: { readonly kind: 'text' | 'image' } | { readonly kind: 'row'; readonly columns: readonly string[] };
  readonly label: string | undefined;
  /** The column with the text or the image. */
  readonly content: string | undefined;
  readonly notes: readonly string[];
}

const LABELS = ['label', 'labels', 'target', 'class', 'y', 'category', 'fine_label', 'class_label', 'sentiment'] as const;
const TEXTS = ['text', 'sentence', 'review', 'content', 'comment', 'message', 'utterance', 'tweet', 'body', 'question', 'prompt', 'instruction', 'document'] as const;
const IDENTIFIERS = /^(?:id|idx|index|uid|uuid|guid|_id|.*_id|unnamed: 0|column 1)$/i;

/**
 * Finds the label by its name, and what the samples are: images where a column holds some, texts where one column is named so
 * or is the only text beside the label, rows otherwise. Throws `policy/invalid` for a named column that is not there.
 */
export function chooseColumns(rows: readonly Row[], settings: DatasetSettings): ChosenColumns {
  const names = [...new Set(rows.flatMap((row) => [...row.keys()]))];
  const label = settings.labelColumn === undefined ? byName(names, LABELS) : named(names, settings.labelColumn, 'label');
  const others = names.filter((name) => name !== label);
  const isOf = (name: string, isKind: (value: Cell) => boolean): boolean => {
    const present = rows.map((row) => row.get(name)).filter((value) => value !== null && value !== undefined);
    return present.length > 0 && present.every(isKind);
  };
  const notes = label === undefined ? ['No column is named label, target, class or y, so the samples are unlabelled; the policy can name it (labelColumn).'] : [];
  const image = others.find((name) => isOf(name, isImageCell));
  if (image !== undefined && settings.textColumn === undefined) return { shape: { kind: 'image' }, label, content: image, notes };

  const texts = others.filter((name) => isOf(name, (value) => typeof value === 'string') && !IDENTIFIERS.test(name));
  const meaningful = others.filter((name) => !IDENTIFIERS.test(name));
  const text = settings.textColumn === undefined ? (byName(texts, TEXTS) ?? (meaningful.length === 1 ? texts[0] : undefined)) : named(names, settings.textColumn, 'text');
  if (text !== undefined) {
    const rest = others.filter((name) => name !== text && !IDENTIFIERS.test(name));
    return {
      shape: { kind: 'text' }, label, content: text,
      notes: [...notes, ...(rest.length === 0 ? [] : [`The samples are the texts of the column ${text}; not looked at are ${rest.slice(0, 5).join(', ')}.`])],
    };
  }
  return { shape: { kind: 'row', columns: others }, label, content: undefined, notes };
}

export function isImageCell(cell: Cell): cell is Uint8Array | PixelCell {
  return cell !== null && typeof cell === 'object';
}

/** Names of TFRecords are paths, such as image/class/label. */
function byName(names: readonly string[], known: readonly string[]): string | undefined {
  return known.map((one) => names.find((name) => name.toLowerCase().split('/').at(-1) === one)).find((name) => name !== undefined);
}

function named(names: readonly string[], wanted: string, what: string): string {
  if (names.includes(wanted)) return wanted;
  throw new GateError({
    code: 'policy/invalid', message: `The policy names the ${what} column ${JSON.stringify(wanted)}, and the dataset has none of that name.`,
    where: { field: `datasets.${what}Column` }, nextStep: `Columns are ${names.slice(0, 10).join(', ')}.`,
  });
}
