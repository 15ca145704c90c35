import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GateError } from '../../src/errors.ts';
import type { LockEntry } from '../../src/provenance/lockfile.ts';
import { MAX_LOCKFILE_BYTES, readLockfile } from '../../src/provenance/read-lockfile.ts';
import { formatLockfile } from '../../src/provenance/write-lockfile.ts';

const SHA = 'a'.repeat(64);
const entry = (more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => ({ path: 'models/a.onnx', sha256: SHA, size: 3, ...more });
const text = (...artifacts: unknown[]): string => JSON.stringify({ version: 1, artifacts }, undefined, 2);

function errorOf(lockfile: string): GateError {
  try {
    readLockfile(lockfile, 'modelgate.lock.json');
  } catch (error) {
    if (error instanceof GateError) return error;
    throw error;
  }
  throw new Error('The lockfile was accepted.');
}

/** `line:column field: message next step`, as a person would see it. */
function shown(lockfile: string): string {
  const { where, message, nextStep, code } = errorOf(lockfile);
  expect(code).toBe('lockfile/invalid');
  expect(where?.artifact).toBe('modelgate.lock.json');
  return `${where?.line}:${where?.column} ${where?.field ?? '-'}: ${message} ${nextStep}`;
}

describe('readLockfile', () => {
  it('reads entries with either kind of source, or none', () => {
    const entries = [
      entry(),
      entry({ path: 'b.onnx', source: { url: 'https://example.com/b.onnx' }, approvedBy: 'A', approvedAt: '2025-01-31' }),
      entry({ path: 'c.onnx', source: { repository: 'acme/models', revision: 'v1' }, approvedAt: '2025-01-31T12:00:00.5+02:00' }),
    ];

    expect(readLockfile(text(...entries), 'x')).toEqual({ version: 1, artifacts: entries });
    expect(readLockfile(`\uFEFF${text().replaceAll('\n', '\r\n')}`, 'x')).toEqual({ version: 1, artifacts: [] });
  });

  it('reads back every lockfile that is written', () => {
    const part = fc.stringMatching(/^[a-zA-Z0-9 _äß模🙂"'\n.-]{1,8}$/u).filter((name) => name !== '.' && name !== '..');
    const path = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => `m/${parts.join('/')}`);
    const source = fc.option(
      fc.oneof(fc.record({ url: fc.string({ minLength: 1 }) }), fc.record({ repository: fc.string({ minLength: 1 }), revision: fc.string({ minLength: 1 }) })),
      { nil: undefined },
    );
    const lockEntry = fc.record({ path, sha256: fc.stringMatching(/^[0-9a-f]{64}$/), size: fc.nat(), source }).map(
      ({ source: from, ...rest }): LockEntry => (from === undefined ? rest : { ...rest, source: from }),
    );
    fc.assert(
      fc.property(fc.uniqueArray(lockEntry, { maxLength: 5, selector: (one) => one.path }), (artifacts) => {
        const written = formatLockfile({ version: 1, artifacts });
        const read = readLockfile(written, 'x');

        expect(new Set(read.artifacts.map((one) => JSON.stringify(one)))).toEqual(new Set(artifacts.map((one) => JSON.stringify(inOrder(one)))));
        expect(formatLockfile(read)).toBe(written);
      }),
    );
  });

  it('names the place of a syntax error', () => {
    expect(shown('{\n  "version": 1,\n  "artifacts": [],\n}')).toMatchInlineSnapshot(
      `"4:1 -: The lockfile is not valid JSON: "}" is unexpected. Correct the lockfile, or delete it and write it anew with: modelgate lock"`,
    );
    expect(shown('{"version": 1, // one\n"artifacts": []}')).toMatchInlineSnapshot(
      `"1:16 -: The lockfile is not valid JSON: "/" is unexpected. Correct the lockfile, or delete it and write it anew with: modelgate lock"`,
    );
    expect(shown('{"version": 1,')).toMatchInlineSnapshot(
      `"1:15 -: The lockfile is not valid JSON: the text ends too early. Correct the lockfile, or delete it and write it anew with: modelgate lock"`,
    );
    expect(shown('')).toMatch(/^1:1 -: The lockfile is not valid JSON: the text ends too early\./);
  });

  it('does not take YAML for JSON', () => {
    expect(shown('version: 1\nartifacts: []\n')).toMatch(/^1:1 -: The lockfile is not valid JSON/);
    expect(shown("{'version': 1, 'artifacts': []}")).toMatch(/^1:2 -: The lockfile is not valid JSON/);
  });

  it('rejects every proper prefix of a lockfile', () => {
    const whole = text(entry({ source: { url: 'https://example.com/a' } }));
    for (let length = 0; length < whole.length; length += 1) {
      expect(errorOf(whole.slice(0, length)).code, `the first ${length} characters`).toBe('lockfile/invalid');
    }
  });

  it('names the nearest known key for an unknown one', () => {
    expect(shown(text(entry({ sha265: SHA })))).toMatchInlineSnapshot(
      `"8:7 artifacts[0].sha265: The key "sha265" is not known here. Did you mean "sha256"?"`,
    );
    expect(shown('{"version": 1, "artefacts": [], "artifacts": []}')).toMatchInlineSnapshot(
      `"1:16 artefacts: The key "artefacts" is not known here. Did you mean "artifacts"?"`,
    );
    expect(shown(text(entry({ source: { repo: 'x' } })))).toMatchInlineSnapshot(
      `"9:9 artifacts[0].source.repo: The key "repo" is not known here. Known keys: url, repository, revision."`,
    );
    expect(shown(text(entry({ source: { repository: 'x', revison: 'y' } })))).toMatch(/^10:9 .*Did you mean "revision"\?$/);
    expect(shown('{"version": 1, "artifacts": [], "__proto__": {}}')).toMatch(/The key "__proto__" is not known here/);
  });

  it('refuses a key that stands twice, of which parsers keep different ones', () => {
    const twice = text(entry()).replace(`"size": 3`, `"size": 3,\n      "sha256": "${'b'.repeat(64)}"`);

    expect(shown(twice)).toMatchInlineSnapshot(`"8:7 sha256: The key "sha256" stands twice in one object. Remove one of the two."`);
  });

  it.each([
    ['no object', '[]', '1:1 -: The lockfile must be object.'],
    ['no version', '{"artifacts": []}', '1:1 -: The key "version" is missing here.'],
    ['a later version', '{"version": 2, "artifacts": []}', '1:13 version: The version of the lockfile has to be 1. A later version'],
    ['no digest', text({ path: 'a', size: 1 }), '4:5 artifacts[0]: The key "sha256" is missing here.'],
    ['a digest with its prefix', text(entry({ sha256: `sha256:${SHA}` })), '6:17 artifacts[0].sha256: artifacts[0].sha256 has to be 64 lower-case hexadecimal digits.'],
    ['a digest in upper case', text(entry({ sha256: 'A'.repeat(64) })), '6:17 artifacts[0].sha256'],
    ['a size as text', text(entry({ size: '3' })), '7:15 artifacts[0].size: artifacts[0].size must be integer.'],
    ['a negative size', text(entry({ size: -1 })), '7:15 artifacts[0].size: artifacts[0].size must be >= 0.'],
    ['a size beyond exact numbers', text(entry({ size: 1e300 })), '7:15 artifacts[0].size: artifacts[0].size is too large to be a size.'],
    ['a source of both kinds', text(entry({ source: { url: 'x', repository: 'y', revision: 'z' } })), '8:17 artifacts[0].source: A source is either'],
    ['a repository without revision', text(entry({ source: { repository: 'y' } })), '8:17 artifacts[0].source: A source is either'],
    ['a source as text', text(entry({ source: 'https://example.com' })), '8:17 artifacts[0].source: A source is either'],
    ['an approval on no day', text(entry({ approvedAt: '2025-02-31' })), '8:21 artifacts[0].approvedAt: artifacts[0].approvedAt is not a date'],
    ['an approval that is no date', text(entry({ approvedAt: 'yesterday' })), '8:21 artifacts[0].approvedAt'],
    ['a path twice', text(entry(), entry({ sha256: 'b'.repeat(64) })), '10:15 artifacts[1].path: The path "models/a.onnx" is listed twice, first as artifacts[0].'],
    ['an empty path', text(entry({ path: '' })), '5:15 artifacts[0].path'],
  ])('refuses %s', (_, lockfile, expected) => {
    expect(shown(lockfile).slice(0, expected.length)).toBe(expected);
  });

  it.each(['../a.onnx', 'a/../../b', 'a/../b', '/etc/passwd', 'C:/a', 'c:a', 'a\\b', '..\\a', './a', 'a//b', 'a/', '.', '..', 'a\0b'])(
    'refuses the path %j',
    (path) => {
      const lockfile = text(entry({ path: 'ok' }), entry({ path }));

      expect(shown(lockfile)).toMatch(/^10:15 artifacts\[1\]\.path: The path /);
    },
  );

  it('counts further problems and reports the first in the text', () => {
    expect(shown(text(entry({ size: -1, path: 7 }), entry({ extra: 1 })))).toMatch(/^5:15 .*must be string\. \(and 2 more problems\)/);
  });

  it('refuses a text too long to be a lockfile', () => {
    expect(errorOf(' '.repeat(MAX_LOCKFILE_BYTES + 1)).message).toMatch(/more than \d+ bytes/);
  });

  it('throws lockfile/invalid or returns a lockfile, for any text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string(), fc.constant(text(entry()))), fc.nat(), fc.string({ maxLength: 3 }), (base, place, inserted) => {
        const at = place % (base.length + 1);
        try {
          expect(readLockfile(base.slice(0, at) + inserted + base.slice(at), 'x').version).toBe(1);
        } catch (error) {
          expect(error).toMatchObject({ code: 'lockfile/invalid', where: { line: expect.any(Number), column: expect.any(Number) } });
        }
      }),
      { numRuns: 1000 },
    );
  });
});

function inOrder({ path, sha256, size, source }: LockEntry): LockEntry {
  return { path, sha256, size, ...(source === undefined ? {} : { source }) };
}
