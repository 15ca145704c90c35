import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFile, open, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { sha256Of, sha256OfFile, sha256OfSource } from '../../src/artifacts/digest.ts';
import { HASH_CHUNK_BYTES } from '../../src/artifacts/limits.ts';
import { memorySource } from '../../src/artifacts/memory-source.ts';
import { gateErrorOf } from './gate-error-of.ts';
import { temporaryFolder } from './temporary-folder.ts';

const run = promisify(execFile);

it.each([0, 1, HASH_CHUNK_BYTES - 1, HASH_CHUNK_BYTES, HASH_CHUNK_BYTES + 1, 3 * HASH_CHUNK_BYTES + 17])(
  'hashes a file of %d bytes as the whole buffer would be',
  async (size) => {
    const file = path.join(await temporaryFolder(), 'file');
    const content = Buffer.alloc(size, 'modelgate');
    await writeFile(file, content);
    const expected = `sha256:${createHash('sha256').update(content).digest('hex')}`;

    expect(await sha256OfFile(file)).toMatchObject({ digest: expected, size });
    expect(await sha256OfSource(memorySource(content))).toBe(expected);
    expect(sha256Of(content)).toBe(expected);
  },
);

it('reports progress up to the size', async () => {
  const file = path.join(await temporaryFolder(), 'file');
  await writeFile(file, Buffer.alloc(2 * HASH_CHUNK_BYTES + 5));
  const seen: number[] = [];
  await sha256OfFile(file, { onProgress: (done, size) => seen.push(done / size) });

  expect(seen).toHaveLength(3);
  expect(seen.at(-1)).toBe(1);
});

it('stops when it is cancelled', async () => {
  const file = path.join(await temporaryFolder(), 'file');
  await writeFile(file, Buffer.alloc(4 * HASH_CHUNK_BYTES));
  const cancel = new AbortController();
  let pieces = 0;
  const error = await gateErrorOf(() =>
    sha256OfFile(file, {
      signal: cancel.signal,
      onProgress: () => {
        pieces += 1;
        cancel.abort();
      },
    }),
  );

  expect([error.code, pieces]).toEqual(['inspection/cancelled', 1]);
});

it('gives no digest for a file that is written to meanwhile', async () => {
  const file = path.join(await temporaryFolder(), 'growing');
  await writeFile(file, Buffer.alloc(3 * HASH_CHUNK_BYTES));
  let writing: Promise<void> | undefined;
  const cut = await gateErrorOf(async () => {
    const handle = await open(file, 'r+');
    try {
      await sha256OfFile(file, {
        path: 'growing',
        onProgress: () => {
          writing ??= appendFile(file, 'more');
        },
      });
    } finally {
      await writing;
      await handle.close();
    }
  });

  expect(cut.toData()).toMatchObject({ code: 'artifact/changed', where: { artifact: 'growing' } });
});

it('hashes a sparse file of 1 GiB with flat memory', async () => {
  const file = path.join(await temporaryFolder(), 'sparse');
  const handle = await open(file, 'w');
  await handle.truncate(2 ** 30);
  await handle.close();

  const child = path.join(import.meta.dirname, 'hash-in-child.ts');
  const { stdout } = await run(process.execPath, ['--import', 'tsx', child, file]);
  const answer = JSON.parse(stdout) as { digest: string; size: number; grownBytes: number };

  // The digest of 2^30 zero bytes.
  expect(answer.digest).toBe('sha256:49bc20df15e412a64472421e13fe86ff1c5165e18b2afccf160d4dc19fe68a14');
  expect(answer.size).toBe(2 ** 30);
  expect(answer.grownBytes).toBeLessThan(32 * 2 ** 20);
});
