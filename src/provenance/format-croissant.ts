import type { DatasetManifest } from './dataset-manifest.ts';
import { sourceText } from './matches-source.ts';

/** The context of Croissant 1.1 as far as it is used here; its full form only adds names for record sets. */
const CONTEXT = {
  '@language': 'en',
  '@vocab': 'https://schema.org/',
  sc: 'https://schema.org/',
  cr: 'http://mlcommons.org/croissant/',
  dct: 'http://purl.org/dc/terms/',
  conformsTo: 'dct:conformsTo',
  sha256: 'cr:sha256',
} as const;

/** What a manifest says of its files as Croissant 1.1 metadata (docs.mlcommons.org/croissant): one FileObject a file. */
export function formatCroissant(manifest: DatasetManifest, name: string): string {
  const { source, licence } = manifest;
  const metadata = {
    '@context': CONTEXT,
    '@type': 'sc:Dataset',
    name,
    conformsTo: 'http://mlcommons.org/croissant/1.1',
    ...(source === undefined ? {} : { url: 'url' in source ? source.url : source.repository }),
    ...(source === undefined || 'url' in source ? {} : { version: source.revision, citeAs: sourceText(source) }),
    ...(licence === undefined ? {} : { license: licence }),
    distribution: manifest.files.map(([path, sha256, size]) => ({
      '@type': 'cr:FileObject',
      '@id': path,
      name: path,
      contentUrl: path,
      contentSize: `${String(size)} B`,
      encodingFormat: encodingOf(path),
      sha256,
    })),
  };
  return `${JSON.stringify(metadata, undefined, 2)}\n`;
}

const ENCODINGS: readonly (readonly [RegExp, string])[] = [
  [/\.png$/i, 'image/png'],
  [/\.jpe?g$/i, 'image/jpeg'],
  [/\.csv$/i, 'text/csv'],
  [/\.tsv$/i, 'text/tab-separated-values'],
  [/\.jsonl$/i, 'application/jsonlines'],
  [/\.json$/i, 'application/json'],
  [/\.parquet$/i, 'application/vnd.apache.parquet'],
  [/\.tar$/i, 'application/x-tar'],
  [/\.gz$/i, 'application/gzip'],
  [/\.txt$/i, 'text/plain'],
];

function encodingOf(path: string): string {
  return ENCODINGS.find(([ending]) => ending.test(path))?.[1] ?? 'application/octet-stream';
}
