import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileStructure } from '../../src/detectors/file-structure.ts';
import { onnx } from '../../src/formats/onnx.ts';
import { FILE_ODDITIES, type FileOddity, type StructureFacet } from '../../src/model/structure.ts';
import { detectContext } from '../support/detect-context.ts';
import { fakeModel } from '../support/fake-model.ts';
import { readBytes } from '../support/read-code.ts';

const detect = (structure: StructureFacet, allow: string[] = [], maximumObservations = 20) =>
  fileStructure.detect({ ...fakeModel({ structure }), facets: { structure } }, { maximumObservations, allow }, detectContext());
const one = (kind: FileOddity['kind'], place = 'header'): FileOddity => ({ kind, place, detail: 'It is there.' });

describe('file-structure', () => {
  it('finds nothing in a file without oddities, and says what was looked at', async () => {
    expect(await detect({ examined: 3, oddities: [] })).toMatchObject({ outcome: 'measured', metric: 0, examined: 4, observations: [{ message: 'sound-structure' }] });
  });

  it.each(FILE_ODDITIES)('%s is a finding, a doubt or a remark, as its severity says', async (kind) => {
    const { severity } = fileStructure.meta.messages[kind];
    const detection = await detect({ examined: 1, oddities: [one(kind)] });

    if (severity === 'medium') expect(detection).toMatchObject({ outcome: 'inconclusive', reason: expect.stringContaining('It is there') as string });
    else if (detection.outcome === 'measured') expect(detection.metric > fileStructure.meta.metric.threshold).toBe(severity === 'high' || severity === 'critical');
    else throw new Error(detection.reason);
  });

  it('names a CWE for every kind', () => {
    for (const kind of FILE_ODDITIES) expect(fileStructure.meta.messages[kind].text).toMatch(/CWE-\d+/);
  });

  it('takes an allowed operator out, and never a fault of the layout', async () => {
    const place = 'com.example:Op';
    expect(await detect({ examined: 1, oddities: [one('custom-operator', place)] }, [place])).toMatchObject({ outcome: 'measured', metric: 0 });
    expect(await detect({ examined: 1, oddities: [one('custom-operator', 'com.example:Other')] }, [place])).toMatchObject({ outcome: 'inconclusive' });
    expect(await detect({ examined: 1, oddities: [one('escaping-path', place)] }, [place])).toMatchObject({ outcome: 'measured', metric: 4 });
  });

  it('puts the worst first and counts what it does not list', async () => {
    const many = Array.from({ length: 30 }, () => one('network-address'));
    const detection = await detect({ examined: 1, oddities: [...many, one('escaping-path')] }, [], 5);

    if (detection.outcome !== 'measured') throw new Error(detection.reason);
    expect(detection.observations.map(({ message }) => message)).toEqual(['escaping-path', ...Array.from({ length: 5 }, () => 'network-address')]);
    expect(detection.observations.at(-1)?.data['detail']).toBe('It is there. 25 more of this kind are not listed');
  });

  const graphs = ['ordinary', 'held-out-ordinary'].flatMap((set) => {
    const folder = path.resolve(import.meta.dirname, '../../fixtures/detectors/graph-logic', set);
    return readdirSync(folder).map((name) => ({ name, bytes: readFileSync(path.join(folder, name)) }));
  });

  it.each(graphs)('is quiet about an ordinary graph: $name', async ({ bytes, name }) => {
    const { structure } = (await readBytes(bytes, name, onnx)).facets;

    expect(await detect(structure ?? { examined: 0, oddities: [one('escaping-path')] })).toMatchObject({ outcome: 'measured', metric: 0 });
  });
});
