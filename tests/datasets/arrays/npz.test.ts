import fc from 'fast-check';
import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { openNpy } from '../../../src/datasets/arrays/npy.ts';
import { listNpz } from '../../../src/datasets/arrays/npz.ts';
import { fixtureBytes } from '../fixture-files.ts';

const LIMITS = { maxMembers: 10, maxExpandedBytes: 1_000_000 };
const archives = ['stored.npz', 'compressed.npz'] as const;

describe('listNpz', () => {
  it.each(archives)('lists and expands the arrays of %s', (name) => {
    const members = listNpz(fixtureBytes('datasets', name), LIMITS);

    expect(members.map((member) => member.name)).toEqual(['x_test', 'y_test', 'note']);
    const images = openNpy(members[0]?.expand() ?? new Uint8Array(0));
    expect(images.shape).toEqual([4, 3, 3, 2]);
    expect([...images.row(3)].slice(-2)).toEqual([70, 71]);
  });

  it.each(archives)('refuses every truncated prefix of %s', (name) => {
    const bytes = fixtureBytes('datasets', name);
    for (let length = 0; length < bytes.length; length += 1) expect(() => listNpz(bytes.slice(0, length), LIMITS), `cut to ${length}`).toThrow();
  });

  it.each(archives)('answers mutated bytes of %s with the same arrays or an error', (name) => {
    const bytes = fixtureBytes('datasets', name);
    const original = listNpz(bytes, LIMITS).map((member) => Buffer.from(member.expand()).toString('base64'));
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 }), (changes) => {
        const mutated = bytes.slice();
        for (const [at, value] of changes) mutated[at] = value;
        let contents: readonly string[];
        try {
          contents = listNpz(mutated, LIMITS).map((member) => Buffer.from(member.expand()).toString('base64'));
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
          return;
        }
        for (const content of contents) expect(original).toContain(content);
      }),
      { numRuns: 400, seed: 6 },
    );
  });

  it('refuses a member that expands beyond the limit before expanding it', () => {
    const bomb = zipSync({ 'x.npy': new Uint8Array(5_000_000) });

    const [member] = listNpz(bomb, LIMITS);

    expect(() => member?.expand()).toThrow('at most 1000000');
  });

  it('refuses a member that announces less than it expands to', () => {
    const bomb = zipSync({ 'x.npy': new Uint8Array(500_000) });
    const directory = Buffer.from(bomb).lastIndexOf('PK\x01\x02', undefined, 'latin1');
    new DataView(bomb.buffer, bomb.byteOffset).setUint32(directory + 24, 10, true);

    expect(() => listNpz(bomb, LIMITS)[0]?.expand()).toThrow('damaged');
  });

  it('refuses more members than the limit and members of the same name', () => {
    const many = zipSync(Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`a${index}.npy`, new Uint8Array(1)])));
    const twins = zipSync({ 'ab.npy': new Uint8Array(1), 'ac.npy': new Uint8Array(1) });
    for (let at = twins.indexOf(0x63); at !== -1; at = twins.indexOf(0x63, at + 1)) if (twins[at - 1] === 0x61) twins[at] = 0x62;

    expect(() => listNpz(many, LIMITS)).toThrow('more than 10 members');
    expect(() => listNpz(twins, LIMITS)).toThrow('same name');
  });

  it('reads archives with 64-bit sizes, as numpy writes them for large arrays', () => {
    const plain = Buffer.from(zipSync({ 'x.npy': Uint8Array.of(1, 2, 3) }, { level: 0 }));
    const directory = plain.lastIndexOf('PK\x01\x02', undefined, 'latin1');
    const end = plain.lastIndexOf('PK\x05\x06', undefined, 'latin1');
    const entry = Buffer.from(plain.subarray(directory, end));
    const extra = Buffer.alloc(4 + 16);
    extra.writeUInt16LE(1, 0);
    extra.writeUInt16LE(16, 2);
    extra.writeBigUInt64LE(3n, 4);
    extra.writeBigUInt64LE(3n, 12);
    entry.writeUInt32LE(0xffffffff, 20);
    entry.writeUInt32LE(0xffffffff, 24);
    entry.writeUInt16LE(extra.length, 30);
    const tail = Buffer.from(plain.subarray(end));
    tail.writeUInt32LE(entry.length + extra.length, 12);

    const [member] = listNpz(Buffer.concat([plain.subarray(0, directory), entry, extra, tail]), LIMITS);

    expect([...(member?.expand() ?? [])]).toEqual([1, 2, 3]);
  });
});
