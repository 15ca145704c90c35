import { describe, expect, it } from 'vitest';
import { sha256Of } from '../../src/artifacts/digest.ts';
import { formatReaders } from '../../src/formats/index.ts';
import { zip } from '../../src/formats/zip.ts';
import { triageMembers } from '../../src/inspection/triage-members.ts';
import type { ArchiveMember } from '../../src/model/archive.ts';
import { archiveFixtures, readArchive } from '../formats/archive-fixtures.ts';

function memberOf(name: string, content: Uint8Array | string, rest: Partial<ArchiveMember> = {}): ArchiveMember {
  const head = typeof content === 'string' ? Uint8Array.from(Buffer.from(content, 'latin1')) : content;
  return {
    name, kind: 'file', size: head.byteLength, digest: sha256Of(head), head, tail: head.slice(-256),
    // eslint-disable-next-line no-control-regex -- they are what is looked for
    isText: typeof content === 'string' && !/[\u0000-\u0008\u0080-\u00ff]/.test(content),
    place: { offset: 0, length: head.byteLength, encoding: 'stored', size: head.byteLength }, ...rest,
  };
}

const fateOf = (...members: ArchiveMember[]) => triageMembers(members, 'a.zip', [zip]);

describe('triageMembers', () => {
  it.each([
    ['a text', memberOf('readme.txt', 'hello\n')],
    ['a script, which no loader of models runs', memberOf('handler.py', '#!/usr/bin/env python3\nprint(1)\n')],
    ['a JSON text', memberOf('config.json', '{"a": 1}')],
    ['labels that begin like opcodes', memberOf('labels.txt', 'cat\ndog\nbird\nimport\nos\n.\n')],
    ['a picture', memberOf('a.png', '\x89PNG\r\n\x1a\n\0\0')],
    ['macOS metadata', memberOf('._a', '\0\x05\x16\x07\0')],
  ])('counts %s in a note and nothing else', (_, member) => {
    const { members, notes } = fateOf(member);

    expect(members).toEqual([]);
    expect(notes).toEqual([expect.stringMatching(/^Not examined: 1 member /)]);
  });

  it('takes the configuration of a Keras archive for one, however it begins and whatever else lies beside it', () => {
    const padded = `{"note": "${'x'.repeat(5000)}", "class_name": "Sequential"}`;
    const { members, notes } = triageMembers([memberOf('metadata.json', '{"keras_version": "3.15.1"}'), memberOf('config.json', padded), memberOf('config.json@77', padded)], 'model.keras', formatReaders);

    expect(members.map(({ name, trouble }) => [name, trouble])).toEqual([['config.json', undefined], ['config.json@77', undefined]]);
    expect(notes).toEqual(['Not examined: 1 member that is text (metadata.json).']);
  });

  it.each([
    ['a pickle', memberOf('a.bin', '\x80\x04\x95\x10\0'), 'format/unsupported'],
    ['a pickle of protocol 0, which is text', memberOf('readme.txt', "cbuiltins\nprint\n(S'hello'\ntR."), 'format/unsupported'],
    ['a program', memberOf('data.txt', '\x7fELF\x02\x01\x01\0'), 'format/unsupported'],
    ['unknown bytes', memberOf('weights.bin', '\x01\x02\x03\xff'), 'format/unrecognized'],
    ['a Git LFS pointer', memberOf('a.bin', `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 123\n`), 'artifact/pointer'],
  ])('makes trouble of %s whatever its name', (_, member, code) => {
    const { members } = fateOf(member);

    expect(members).toMatchObject([{ name: member.name, trouble: { code } }]);
  });

  it('has a member inspected that a reader recognizes, by its content', () => {
    expect(fateOf(memberOf('readme.txt', 'PK\x03\x04....')).members).toMatchObject([{ name: 'readme.txt', place: { encoding: 'stored' } }]);
  });

  it('takes macOS metadata for no model, whatever its name, but a picture with the name of a model for one', () => {
    const all = [memberOf('__MACOSX/model/._data.pkl', '\0\x05\x16\x07\0\x02'), memberOf('a.pkl', 'GIF89a-pickle')];
    const { members, notes } = triageMembers(all, 'a.zip', formatReaders);

    expect(members.map(({ name }) => name)).toEqual(['a.pkl']);
    expect(notes).toEqual(['Not examined: 1 member that is macOS metadata (__MACOSX/model/._data.pkl).']);
  });

  it('takes lines that begin like opcodes for a text', () => {
    const lines = Array.from({ length: 800 }, (_, index) => `line ${String(index)}`).join('\n');

    expect(fateOf(memberOf('model/lines.txt', lines))).toMatchObject({ members: [], notes: ['Not examined: 1 member that is text (model/lines.txt).'] });
  });

  it('knows the raw storages of a PyTorch checkpoint by their place, and inspects one that looks like something with a way back', async () => {
    const layout = [memberOf('m/data.pkl', '\x80\x02}q\0.'), memberOf('m/version', '3\n')];
    const storage = memberOf('m/data/0', '\x01\x02\x03\xff');
    const lookalike = memberOf('m/data/1', 'PK\x03\x04....');

    expect(fateOf(...layout, storage).members.map((one) => one.name)).toEqual(['m/data.pkl']);
    expect(fateOf(...layout, lookalike).members).toMatchObject([{ name: 'm/data.pkl' }, { name: 'm/data/1', otherwise: expect.stringContaining('PyTorch') as string }]);
    // The same bytes anywhere else are unknown, and so is a packed storage.
    expect(fateOf(...layout, { ...storage, name: 'm/other/0' }).members).toHaveLength(2);
    expect(fateOf(storage).members).toHaveLength(1);
    expect(fateOf(...layout, { ...storage, place: { offset: 0, length: 4, encoding: 'deflate', size: 4 } }).members).toHaveLength(2);

    const checkpoint = archiveFixtures('zip', 'accept').find(({ name }) => name === 'torch-save-2');
    const { members } = await readArchive(zip, checkpoint?.bytes ?? new Uint8Array());
    expect(triageMembers(members, 'm.pt', formatReaders).members.map(({ name }) => name)).toEqual([expect.stringMatching(/\/data\.pkl$/)]);
  });

  it('passes trouble on with the path of its member', () => {
    const { members } = fateOf({ ...memberOf('a', 'x'), trouble: { code: 'format/encrypted', message: 'x', blame: 'artifact' } });

    expect(members).toMatchObject([{ trouble: { code: 'format/encrypted', where: { artifact: 'a.zip!/a' } } }]);
  });

  it('refuses to have more members inspected than there may be', () => {
    const members = Array.from({ length: 2_001 }, (_, index) => memberOf(`${index}`, 'PK\x03\x04....'));

    expect(() => fateOf(...members)).toThrow(/2000 are/);
  });
});
