import { mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writePictures } from '../../src/gate/write-pictures.ts';
import type { GateReport, ReportedDiagram } from '../../src/report.ts';
import { picturedReport } from '../support/pictured-report.ts';

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'modelgate-pictures-')));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('writePictures', () => {
  it('writes every picture under the name the report gives it, and no temporary file stays', async () => {
    const { report, pictures, named } = picturedReport();
    await writePictures(report, pictures, folder);
    await writePictures(report, pictures, folder);

    expect(readdirSync(path.join(folder, 'pictures')).sort()).toEqual(named.map((one) => path.basename(one.file)).sort());
    for (const { file, digest } of named) expect(new Uint8Array(readFileSync(path.join(folder, file)))).toEqual(new Uint8Array(pictures.get(digest) ?? []));
  });

  it('draws the diagrams that have a name, and only those, with nothing of a name as markup', async () => {
    const drawn = withDiagram({ file: 'pictures/m-0123456789ab-graph-logic-1-diagram.svg' });
    await writePictures(drawn, new Map(), folder);

    expect(readdirSync(path.join(folder, 'pictures'))).toEqual(['m-0123456789ab-graph-logic-1-diagram.svg']);
    const svg = readFileSync(path.join(folder, 'pictures/m-0123456789ab-graph-logic-1-diagram.svg'), 'utf8');
    expect(svg).toMatch(/^<\?xml [^>]*>\n<svg xmlns=/);
    expect(svg).toContain('&lt;script&gt;');
    expect(svg).not.toContain('<script');

    const inner = path.join(folder, 'a');
    mkdirSync(inner);
    await writePictures(withDiagram({}), new Map(), inner);
    expect(readdirSync(inner)).toEqual([]);
    await writePictures(withDiagram({ file: '../../outside.svg' }), new Map(), inner);
    expect(readdirSync(path.join(inner, 'pictures'))).toEqual(['outside.svg']);
  });

  it('makes no folder when there is nothing to write', async () => {
    const { report } = picturedReport();
    await writePictures(report, new Map(), folder);
    await writePictures({ artifacts: [] }, picturedReport().pictures, folder);

    expect(readdirSync(folder)).toEqual([]);
  });

  it('follows no link that a checkout brought, of the folder or of a file', async () => {
    const { report, pictures, named } = picturedReport();
    const elsewhere = path.join(folder, 'elsewhere');
    mkdirSync(elsewhere);
    const linked = path.join(folder, 'linked');
    mkdirSync(linked);
    symlinkSync(elsewhere, path.join(linked, 'pictures'));
    const target = path.join(folder, 'target');
    writeFileSync(target, 'precious');
    mkdirSync(path.join(folder, 'pictures'));
    symlinkSync(target, path.join(folder, named[0]?.file ?? ''));

    await expect(writePictures(report, pictures, linked)).rejects.toMatchObject({ code: 'output/unwritable', message: expect.stringContaining('it is no folder') as string });
    await expect(writePictures(report, pictures, folder)).rejects.toMatchObject({ code: 'output/unwritable', message: expect.stringContaining('symbolic link') as string });
    expect(readdirSync(elsewhere)).toEqual([]);
    expect(readFileSync(target, 'utf8')).toBe('precious');
  });

  it('never leaves the folder, even for a name that no schema checked', async () => {
    const { report, pictures } = picturedReport({ file: '../../outside.png' });
    const inner = path.join(folder, 'a/b');
    mkdirSync(inner, { recursive: true });
    await writePictures(report, pictures, inner);

    expect(readdirSync(folder)).toEqual(['a']);
    expect(readdirSync(inner)).toEqual(['pictures']);
  });

  it('says what is wrong when the folder of the report is not there', async () => {
    const { report, pictures } = picturedReport();

    await expect(writePictures(report, pictures, path.join(folder, 'missing'))).rejects.toMatchObject({
      code: 'output/unwritable',
      message: `${path.join(folder, 'missing/pictures')} could not be made for the pictures (ENOENT).`,
    });
  });
});

function withDiagram(file: { readonly file?: string }): Pick<GateReport, 'artifacts'> {
  const diagram: ReportedDiagram = { title: 'the decision', ...file, nodes: [{ kind: 'decision', label: '<script>' }], edges: [] };
  return { artifacts: picturedReport().report.artifacts.map((one) => ({
    ...one,
    results: one.results.map((result) => ({ ...result, observations: result.observations.map(({ pictures: _, ...observation }) => ({ ...observation, diagram })) })),
  })) };
}
