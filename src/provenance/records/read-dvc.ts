import { readDocument } from '../../policy/read-document.ts';
import type { RecordedFile } from './recorded-file.ts';

/**
 * The digests in a .dvc file or a dvc.lock that are about one path: of a file, or of a folder as a whole. Paths are relative to the file's
 * own folder. Throws `policy/invalid` for what is not YAML.
 */
export function readDvc(text: string, name: string, dataset: string): readonly RecordedFile[] {
  const { value } = readDocument(text, name);
  const stages = members(member(value, 'stages'));
  const outputs = [value, ...stages].flatMap((one) => ['outs', 'deps'].flatMap((key) => list(member(one, key))));
  return outputs.flatMap((one): RecordedFile[] => {
    const [md5, path] = [member(one, 'md5'), member(one, 'path')];
    if (typeof md5 !== 'string' || typeof path !== 'string' || !/^[0-9a-f]{32}(?:\.dir)?$/.test(md5)) return [];
    const isWhole = plain(path) === dataset;
    const inside = plain(path).startsWith(`${dataset}/`) ? plain(path).slice(dataset.length + 1) : undefined;
    if (!isWhole && inside === undefined) return [];
    if (md5.endsWith('.dir')) return isWhole ? [{ file: '', algorithm: 'md5-folder', digest: md5.slice(0, 32) }] : [];
    return [{ file: inside ?? '', algorithm: 'md5', digest: md5 }];
  });
}

function plain(path: string): string {
  return path.replace(/^(?:\.\/)+/, '').replace(/\/+$/, '');
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function members(value: unknown): readonly unknown[] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.values(value) : [];
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? (value as Readonly<Record<string, unknown>>)[key] : undefined;
}
