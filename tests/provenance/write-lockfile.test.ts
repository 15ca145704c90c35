import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { formatLockfile, writeLockfile } from '../../src/provenance/write-lockfile.ts';
import { temporaryFolder } from '../artifacts/temporary-folder.ts';

it('writes one text for one content, in an order that reads well in a diff', async () => {
  const file = path.join(await temporaryFolder(), 'modelgate.lock.json');
  await writeLockfile(file, {
    version: 1,
    artifacts: [
      { approvedAt: '2025-01-31', size: 2, path: 'b.onnx', sha256: 'b'.repeat(64), source: { revision: 'v1', repository: 'acme/models' } },
      { path: 'B.onnx', sha256: 'c'.repeat(64), size: 1, approvedBy: 'A', source: { url: 'https://example.com/B.onnx' } },
      { path: 'a/x.onnx', sha256: 'a'.repeat(64), size: 0 },
    ],
  });

  expect(await readFile(file, 'utf8')).toMatchInlineSnapshot(`
    "{
      "version": 1,
      "artifacts": [
        {
          "path": "B.onnx",
          "sha256": "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc",
          "size": 1,
          "source": {
            "url": "https://example.com/B.onnx"
          },
          "approvedBy": "A"
        },
        {
          "path": "a/x.onnx",
          "sha256": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
          "size": 0
        },
        {
          "path": "b.onnx",
          "sha256": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
          "size": 2,
          "source": {
            "repository": "acme/models",
            "revision": "v1"
          },
          "approvedAt": "2025-01-31"
        }
      ]
    }
    "
  `);
});

it('writes an empty lockfile, too', () => {
  expect(formatLockfile({ version: 1, artifacts: [] })).toBe('{\n  "version": 1,\n  "artifacts": []\n}\n');
});
