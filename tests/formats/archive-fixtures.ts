import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { sha256Of } from '../../src/artifacts/digest.ts';
import { memorySource } from '../../src/artifacts/memory-source.ts';
import type { FormatReader } from '../../src/formats/format-reader.ts';
import type { ArchiveFacet } from '../../src/model/archive.ts';

export interface ArchiveFixture {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly expected: { readonly oddities?: readonly string[]; readonly members?: Readonly<Record<string, string>>; readonly error?: string };
}

export function archiveFixtures(format: string, kind: 'accept' | 'odd' | 'reject'): ArchiveFixture[] {
  const folder = path.resolve(import.meta.dirname, '../../fixtures/formats', format, kind);
  return readdirSync(folder)
    .filter((name) => name.endsWith('.expected.json'))
    .map((name) => {
      const stem = name.slice(0, -'.expected.json'.length);
      const file = readdirSync(folder).find((one) => one.startsWith(`${stem}.`) && one !== name);
      if (file === undefined) throw new Error(`${name} stands beside no archive`);
      return { name: stem, bytes: Uint8Array.from(readFileSync(path.join(folder, file))), expected: JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as ArchiveFixture['expected'] };
    });
}

export async function readArchive(reader: FormatReader, bytes: Uint8Array, expansionBytes?: number): Promise<ArchiveFacet> {
  const artifact = { path: 'archive', digest: sha256Of(bytes), bytes: memorySource(bytes, 'archive') };
  const model = await reader.read(artifact, {
    signal: new AbortController().signal,
    openCompanion: () => Promise.reject(new Error('an archive has no companions')),
    ...(expansionBytes === undefined ? {} : { expansionBytes }),
  });
  if (model.facets.archive === undefined) throw new Error('no archive facet');
  return model.facets.archive;
}

/** Hex digests of the members that could be opened, by name; bytes around and between them are left out. */
export function digestsOf({ members }: ArchiveFacet): Record<string, string> {
  return Object.fromEntries(members.flatMap(({ name, digest, kind }) => (digest === undefined || kind === 'region' ? [] : [[name, digest.slice('sha256:'.length)]])));
}

export function odditiesOf({ observations }: ArchiveFacet): string[] {
  return [...new Set(observations.map((one) => one.oddity))].sort();
}
