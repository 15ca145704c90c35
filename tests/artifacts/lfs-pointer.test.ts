import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseLfsPointer } from '../../src/artifacts/lfs-pointer.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const parse = (text: string) => parseLfsPointer(encode(text));

const OID = '4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393';
const VERSION = 'version https://git-lfs.github.com/spec/v1';
const POINTER = `${VERSION}\noid sha256:${OID}\nsize 12345\n`;

const oid = fc.stringMatching(/^[0-9a-f]{64}$/);
const extension = fc.record({ priority: fc.nat(9), name: fc.stringMatching(/^[a-z]{1,8}$/), oid });

describe('parseLfsPointer', () => {
  it('reads the pointer of the specification', () => {
    expect(parse(POINTER)).toEqual({ sha256: OID, size: 12345 });
  });

  it('reads every pointer that the grammar writes, with extensions, LF or CRLF', () => {
    fc.assert(
      fc.property(
        oid,
        fc.nat(Number.MAX_SAFE_INTEGER),
        fc.uniqueArray(extension, { maxLength: 3, selector: ({ priority }) => priority }),
        fc.constantFrom('\n', '\r\n'),
        (sha256, size, extensions, newline) => {
          const lines = extensions.map((one) => `ext-${one.priority}-${one.name} sha256:${one.oid}`).sort();
          const text = [VERSION, ...lines, `oid sha256:${sha256}`, `size ${size}`, ''].join(newline);

          expect(parse(text)).toEqual({ sha256, size });
        },
      ),
    );
  });

  it.each([
    ['no last newline', POINTER.trimEnd()],
    ['blank lines at the end', `${POINTER}\n\n`],
    ['upper-case digits', POINTER.replace(OID, OID.toUpperCase())],
    ['the address before the last', POINTER.replace('git-lfs.github.com', 'hawser.github.com')],
    ['the first address', POINTER.replace('https://git-lfs.github.com/spec/v1', 'http://git-media.io/v/2')],
  ])('takes what git-lfs takes: %s', (_, text) => {
    expect(parse(text)).toEqual({ sha256: OID, size: 12345 });
  });

  it.each([
    ['nothing', ''],
    ['another version', POINTER.replace('spec/v1', 'spec/v2')],
    ['another first key', POINTER.replace('version', 'versions')],
    ['no version', POINTER.slice(VERSION.length + 1)],
    ['keys out of order', `${VERSION}\nsize 12345\noid sha256:${OID}\n`],
    ['a key twice', `${VERSION}\noid sha256:${OID}\noid sha256:${OID}\nsize 1\n`],
    ['no oid', `${VERSION}\nsize 12345\n`],
    ['no size', `${VERSION}\noid sha256:${OID}\n`],
    ['another hash', POINTER.replace('sha256:', 'sha512:')],
    ['an oid too short', POINTER.replace(OID, OID.slice(1))],
    ['an oid that is no hexadecimal number', POINTER.replace('4d7a', '4d7z')],
    ['a negative size', POINTER.replace('12345', '-1')],
    ['a size in hexadecimal', POINTER.replace('12345', '0x10')],
    ['a size beyond exact numbers', POINTER.replace('12345', '9007199254740993')],
    ['two spaces after a key', POINTER.replace('oid ', 'oid  ')],
    ['a key in upper case', POINTER.replace('size', 'Size')],
    ['a line without a value', `${POINTER}zzz\n`],
    ['a line of something else', `${POINTER}hello, world!\n`],
    ['a byte order mark', `\uFEFF${POINTER}`],
  ])('is undefined for %s', (_, text) => {
    expect(parse(text)).toBeUndefined();
  });

  it('is undefined from 1024 bytes on, whatever they say', () => {
    const filler = (length: number): string => {
      const before = `${VERSION}\next-0-a `;
      const after = `\noid sha256:${OID}\nsize 1\n`;
      return before + 'x'.repeat(length - before.length - after.length) + after;
    };

    expect(parse(filler(1023))).toEqual({ sha256: OID, size: 1 });
    expect(parse(filler(1024))).toBeUndefined();
  });

  it('is undefined for bytes that are not UTF-8', () => {
    expect(parseLfsPointer(Uint8Array.from([...encode(VERSION), 0xff, ...encode(`\noid sha256:${OID}\nsize 1\n`)]))).toBeUndefined();
  });

  it('reads from a mutated pointer what its text says, or nothing', () => {
    fc.assert(
      fc.property(fc.nat(POINTER.length - 1), fc.integer({ min: 0, max: 255 }), fc.constantFrom('replace', 'insert', 'delete'), (at, byte, how) => {
        const original = [...encode(POINTER)];
        const mutated = [...original];
        mutated.splice(at, how === 'insert' ? 0 : 1, ...(how === 'delete' ? [] : [byte]));
        const parsed = parseLfsPointer(Uint8Array.from(mutated));
        if (parsed === undefined) return;

        // What is still a pointer says what its text says.
        const text = new TextDecoder().decode(Uint8Array.from(mutated));
        expect(text.toLowerCase()).toContain(`sha256:${parsed.sha256}`);
        expect(text).toMatch(new RegExp(`size 0*${parsed.size}(\\s|$)`));
      }),
      { numRuns: 2000 },
    );
  });

  it('never throws on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1100 }), (bytes) => {
        expect(() => parseLfsPointer(bytes)).not.toThrow();
      }),
    );
  });
});
