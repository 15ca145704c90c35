import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { partFrames, readPartHead, type PartFrame } from '../../../../src/inspection/inspect-dataset/parts/part-frames.ts';
import { MAX_HEAD_BYTES, MAX_JSON_BYTES, MAX_PAYLOAD_BYTES } from '../../../../src/inspection/inspect-dataset/parts/part-schema.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'modelgate-part-frames-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function frame(json: string, payload: Uint8Array = new Uint8Array(0), lengths: readonly [number, number] = [Buffer.byteLength(json), payload.byteLength]): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(lengths[0], 0);
  head.writeUInt32LE(lengths[1], 4);
  return Buffer.concat([head, Buffer.from(json), payload]);
}

function written(...frames: readonly Uint8Array[]): string {
  const file = path.join(folder, 'part');
  writeFileSync(file, Buffer.concat(frames));
  return file;
}

async function read(file: string): Promise<PartFrame[]> {
  const found: PartFrame[] = [];
  for await (const one of partFrames(file, new AbortController().signal)) found.push(one);
  return found;
}

const damaged = expect.objectContaining({ code: 'arguments/invalid' }) as unknown;

describe('partFrames', () => {
  it('gives frames back, those larger than what is read at a time too', async () => {
    const large = new Uint8Array(3 * 2 ** 20).map((_, at) => at % 251);

    const frames = await read(written(frame('{"a":1}'), frame('[]', large), frame('"end"', Uint8Array.of(7))));

    expect(frames.map(({ json }) => json)).toEqual([{ a: 1 }, [], 'end']);
    expect(Buffer.compare(frames[1]?.payload ?? new Uint8Array(0), large)).toBe(0);
    expect(frames[2]?.payload).toEqual(Uint8Array.of(7));
  });

  it.each([
    ['lengths that are cut off', [frame('1'), Uint8Array.of(1, 0, 0)]],
    ['a text longer than the file', [frame('1', undefined, [100, 0])]],
    ['a payload longer than the file', [frame('1', undefined, [1, 100])]],
    ['a head beyond its limit', [frame('1', undefined, [MAX_HEAD_BYTES + 1, 0])]],
    ['a text beyond its limit', [frame('1'), frame('1', undefined, [MAX_JSON_BYTES + 1, 0])]],
    ['a payload beyond its limit', [frame('1', undefined, [1, MAX_PAYLOAD_BYTES + 1])]],
    ['a text that is no JSON', [frame('{')]],
  ])('says that a part is damaged for %s', async (_, frames) => {
    await expect(read(written(...frames))).rejects.toEqual(damaged);
  });

  it('ends with the signal', async () => {
    const file = written(frame('1'));
    await expect(partFrames(file, AbortSignal.abort(new Error('enough'))).next()).rejects.toThrow('enough');
  });
});

describe('readPartHead', () => {
  it.each([['nothing', []], ['another program’s JSON', [frame('{"version":1}')]], ['a list', [frame('[]')]]])('says that %s is no part', async (_, frames) => {
    await expect(readPartHead(written(...frames))).rejects.toEqual(damaged);
  });
});
