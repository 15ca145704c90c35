import { describe, expect, it } from 'vitest';
import { pickle } from '../../src/formats/pickle.ts';
import { formatFixtures } from '../support/format-fixtures.ts';
import { importedNames, readBytes } from '../support/read-code.ts';

const { accept, reject } = formatFixtures('pickle');

describe('pickle', () => {
  it.each(accept)('finds in $name the names that CPython imports', async ({ name, bytes, names }) => {
    const { facets, unclaimed, format } = await readBytes(bytes, name);

    expect(format).toBe('pickle');
    expect(importedNames(facets.code?.programs ?? [])).toEqual(names);
    expect(facets.code?.programs.flatMap((one) => [...one.irregularities, ...(one.break === undefined ? [] : [one.break])])).toEqual([]);
    expect(facets.code?.unexamined).toEqual([]);
    expect(unclaimed).toEqual([]);
  });

  it.each(reject)('refuses $name with $code', async ({ name, bytes, code }) => {
    await expect(readBytes(bytes, name, pickle)).rejects.toMatchObject({ code, where: { artifact: name, offset: expect.any(Number) as number } });
  });

  it('recognizes pickles without a header by following them', () => {
    const match = (text: string, path = 'model.bin') => pickle.match(Buffer.from(text, 'latin1'), path);

    expect(match("cos\nsystem\n(S'echo inert'\ntR.")).toBe('certain');
    expect(match("(dp0\nS'a'\np1\nI1\ns.")).toBe('certain');
    expect(match("cos\nsystem\n(S'echo inert'\ntR\xff\xff")).toBe('certain');
    expect(match('class Network:\n  pass\n')).toBeUndefined();
    expect(match('(a note in brackets)\n')).toBeUndefined();
    expect(match('cat\ndog\nelephant\n')).toBeUndefined();
    expect(match('import os\nimport sys\n')).toBeUndefined();
    expect(match('anything', 'model.pkl')).toBe('possible');
    expect(match('PK\x03\x04', 'model.pt')).toBeUndefined();
    expect(match("PK\x03\x04 a stored member\ncos\nsystem\n(S'echo inert'\ntR.", 'model.npz')).toBeUndefined();
  });

  it('hands over what is imported before a break', async () => {
    const { facets } = await readBytes(Buffer.from("cos\nsystem\n(S'echo inert'\ntR\xff", 'latin1'));

    expect(facets.code?.programs[0]?.break).toMatchObject({ code: 'format/malformed', offset: 28 });
    expect(facets.code?.programs[0]?.actions.map(({ text }) => text)).toEqual(['import os.system', "os.system('echo inert')"]);
  });

  it('places a break behind the first pickle, and what a value hides, in the file', async () => {
    const inner = Buffer.from("\x80\x02cos\nsystem\n(S'echo inert'\ntR.", 'latin1');
    const outer = Buffer.concat([Buffer.from('\x80\x02K\x01.\x80\x02C', 'latin1'), Buffer.from([inner.length]), inner, Buffer.from('.')]);
    const { facets } = await readBytes(outer);

    expect(facets.code?.programs.map(({ place, range, runs }) => ({ place, range, runs }))).toEqual([
      { place: 'pickle 1', range: { offset: 0, length: 5 }, runs: 'load' },
      { place: 'pickle 2', range: { offset: 5, length: 5 + inner.length }, runs: 'load' },
      { place: 'the bytes at offset 9', range: { offset: 9, length: inner.length }, runs: 'decode' },
    ]);
    expect(facets.code?.programs[2]?.actions[0]?.offset).toBe(11);
  });
});
