import path from 'node:path';
import { readDocument } from '../../policy/read-document.ts';
import { readText } from '../judging-files.ts';

/** The front matter of a model card is a page. */
const MAX_FRONT_MATTER_CHARACTERS = 64 * 1024;

export interface ModelCard {
  /** Relative to root. */
  readonly file: string;
  /** Names of datasets as its `datasets` lists them, such as `owner/name`. */
  readonly datasets: readonly string[];
}

/** What the README.md beside a model says it was trained on (Hugging Face's model card); undefined where it says nothing. */
export async function modelCard(model: string, root: string): Promise<ModelCard | undefined> {
  const file = path.posix.join(path.posix.dirname(model), 'README.md');
  const text = await readText(path.join(root, file)).catch(() => undefined);
  const matter = text === undefined ? undefined : /^---\r?\n([\s\S]*?)\r?\n---/.exec(text.slice(0, MAX_FRONT_MATTER_CHARACTERS))?.[1];
  if (matter === undefined) return undefined;
  try {
    const { value } = readDocument(matter, file);
    const stated = typeof value === 'object' && value !== null && 'datasets' in value ? [value.datasets].flat() : [];
    const datasets = stated.filter((one): one is string => typeof one === 'string');
    return datasets.length === 0 ? undefined : { file, datasets };
  } catch {
    return undefined;
  }
}
