import { describe, expect, it } from 'vitest';
import { archiveStructure } from '../../src/detectors/archive-structure.ts';
import { sevenZip } from '../../src/formats/7z.ts';
import { bzip2 } from '../../src/formats/bzip2.ts';
import { gzip } from '../../src/formats/gzip.ts';
import { tar } from '../../src/formats/tar.ts';
import { xz } from '../../src/formats/xz.ts';
import { zip } from '../../src/formats/zip.ts';
import { ARCHIVE_ODDITIES, type ArchiveFacet } from '../../src/model/archive.ts';
import { detectContext } from '../support/detect-context.ts';
import { fakeModel } from '../support/fake-model.ts';
import { archiveFixtures, readArchive } from '../formats/archive-fixtures.ts';

async function detect(archive: ArchiveFacet, maximumObservations = 20) {
  const detection = await archiveStructure.detect({ ...fakeModel({ archive }), facets: { archive } }, { maximumObservations }, detectContext());
  if (detection.outcome !== 'measured') throw new Error(detection.reason);
  return { ...detection, isFlagged: detection.metric > archiveStructure.meta.metric.threshold };
}

const readers = [zip, tar, gzip, bzip2, xz, sevenZip];
const casesOf = (kind: 'accept' | 'odd') => readers.flatMap((reader) => archiveFixtures(reader.meta.id, kind).map((fixture) => ({ ...fixture, reader, format: reader.meta.id })));

describe('archive-structure', () => {
  it.each(casesOf('accept'))('does not flag an ordinary archive: $format $name', async ({ reader, bytes }) => {
    const detection = await detect(await readArchive(reader, bytes));

    expect(detection).toMatchObject({ metric: 0, isFlagged: false });
    expect(detection.examined).toBeGreaterThan(0);
  });

  /** What alone is no reason to stop: the near-matches of the rules that are. */
  const MILD = new Set(['link', 'similar-names', 'encrypted', 'unreadable-member']);

  it.each(casesOf('odd'))('names what is odd, and flags it unless it is mild: $format $name', async ({ reader, bytes, expected }) => {
    const detection = await detect(await readArchive(reader, bytes));
    const oddities = expected.oddities ?? [];

    expect(detection.isFlagged).toBe(oddities.some((one) => !MILD.has(one)));
    if (oddities.length > 0) expect([...new Set(detection.observations.map((one) => one.message))].sort()).toEqual(oddities);
  });

  it('has a fixture for every rule', () => {
    const seen = new Set(casesOf('odd').flatMap(({ expected }) => expected.oddities ?? []));

    // A bomb of the size that counts is made by the test of the zip reader.
    expect(ARCHIVE_ODDITIES.filter((one) => !seen.has(one) && one !== 'expansion')).toEqual([]);
  });

  it('puts the worst first and counts what it does not list', async () => {
    const many = Array.from({ length: 30 }, (_, index) => ({ oddity: 'duplicate-name' as const, member: `m${index}`, detail: 'Twice.' }));
    const detection = await detect({ members: [], observations: [...many, { oddity: 'path-traversal', member: 'x', detail: 'Out.' }] }, 5);

    expect(detection.observations.map((one) => one.message)).toEqual(['path-traversal', ...Array.from({ length: 5 }, () => 'duplicate-name')]);
    expect(detection.observations.at(-1)?.data['detail']).toBe('Twice. 25 more of this kind are not listed');
  });
});
