import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { isFileOfOtherProgram } from '../../src/inspection/is-file-of-other-program.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'modelgate-shared-names-'));
afterAll(() => rmSync(folder, { recursive: true }));

function isOther(name: string, content: string | Uint8Array): Promise<boolean> {
  writeFileSync(path.join(folder, name), typeof content === 'string' ? Buffer.from(content, 'latin1') : content);
  return isFileOfOtherProgram(path.join(folder, name));
}

const COMMAND = "cos\nsystem\n(S'echo inert'\ntR.";

describe('a file whose name models share with others', () => {
  it.each([
    ['a.dat', '1.0 2.0 3.0\n'], ['a.data', 'name;age\nx;3\n'], ['tokenizer.model', '\n\x0e\n\x05<unk>\x15\0\0\0\0\x18\x02'], ['a.sav', '$FL2@(#) SPSS DATA FILE'], ['a.p', ''],
    ['model.json', '{"name": "Mustang", "doors": 2}'], ['a.weights', '\0\0\0\0\x02\0\0\0'],
  ])('is another program’s when it begins like no model (%s)', async (name, content) => {
    expect(await isOther(name, content)).toBe(true);
  });

  it.each([
    ['a.dat', COMMAND], ['A.DAT', COMMAND], ['a.sav', '\x80\x04N.'], ['a.p', '(dp0\n.'], ['a.model', 'binf\0'], ['a.model', '{"learner": {}}'], ['a.model', 'tree\nversion=v4\n'], ['a.mdl', 'PK\x03\x04'],
    ['a.params', '\x89HDF\r\n\x1a\n'], ['a.weights', 'version https://git-lfs.github.com/spec/v1\n'], ['model.json', '{"modelTopology": {}}'], ['model.json', '{"\\u006dodelTopology": {}}'],
    ['model.json', `{"x": "${'y'.repeat(5000)}"}`], ['model.json', COMMAND],
  ])('is inspected when it begins like one (%s, %j)', async (name, content) => {
    expect(await isOther(name, content)).toBe(false);
  });

  it('is inspected when it is packed, or cannot be read', async () => {
    expect(await isOther('a.data', gzipSync(COMMAND))).toBe(false);
    expect(await isFileOfOtherProgram(path.join(folder, 'missing.dat'))).toBe(false);
  });

  it('says nothing of other names', async () => {
    expect(await isOther('a.pkl', 'no pickle')).toBe(false);
    expect(await isOther('my-model.json', '{}')).toBe(false);
  });
});
