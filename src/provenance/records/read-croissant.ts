import type { RecordedFile } from './recorded-file.ts';

/** Whether a JSON text is Croissant metadata (1.0 or 1.1), by what it says it conforms to. */
export function isCroissant(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const stated = (value as Readonly<Record<string, unknown>>)['conformsTo'] ?? (value as Readonly<Record<string, unknown>>)['dct:conformsTo'];
  return [stated].flat().some((one) => /croissant\/1\.[01]\b/.test(typeof one === 'string' ? one : String(member(one, '@id'))));
}

/**
 * The digests in Croissant metadata: `distribution[].sha256` of every FileObject that is one of the dataset's files. An object is found by
 * its path, or by the end of its address where only one file ends so.
 */
export function readCroissant(value: Readonly<Record<string, unknown>>, files: readonly string[]): readonly RecordedFile[] {
  const byName = new Map<string, string | undefined>();
  for (const file of files) {
    const name = file.slice(file.lastIndexOf('/') + 1);
    byName.set(name, byName.has(name) ? undefined : file);
  }
  const present = new Set(files);
  return [value['distribution']].flat().flatMap((one): RecordedFile[] => {
    const digest = member(one, 'sha256') ?? member(one, 'cr:sha256');
    if (typeof digest !== 'string' || !/^[0-9a-f]{64}$/i.test(digest)) return [];
    const names = ['contentUrl', '@id', 'name'].map((key) => member(one, key)).filter((name) => typeof name === 'string');
    const exact = names.map(plain).find((name) => present.has(name));
    const file = exact ?? names.map((name) => byName.get(plain(name).split('/').at(-1) ?? '')).find((name) => name !== undefined);
    return file === undefined ? [] : [{ file, algorithm: 'sha256', digest: digest.toLowerCase() }];
  });
}

function plain(name: string): string {
  return name.replace(/[?#].*$/, '').replace(/^(?:\.\/)+/, '');
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? (value as Readonly<Record<string, unknown>>)[key] : undefined;
}
