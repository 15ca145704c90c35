import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { readTrainingLog } from '../../src/datasets/read-training-log.ts';
import { maskedCrc32c } from '../../src/datasets/readers/tfrecord/crc32c.ts';
import { temporaryFolder } from '../artifacts/temporary-folder.ts';

const signal = new AbortController().signal;

async function read(name: string, content: string | Uint8Array): ReturnType<typeof readTrainingLog> {
  const file = path.join(await temporaryFolder(), name);
  writeFileSync(file, content);
  return readTrainingLog(file, signal);
}

function frame(content: Uint8Array): Buffer {
  const head = Buffer.alloc(12);
  head.writeBigUInt64LE(BigInt(content.length));
  head.writeUInt32LE(maskedCrc32c(head.subarray(0, 8)), 8);
  return Buffer.concat([head, content, Buffer.alloc(4)]);
}

describe('readTrainingLog', () => {
  it('makes a matrix of epochs and samples, with NaN where a sample was not seen', async () => {
    const { sampleLosses } = await read('log.csv', 'epoch,id,loss,gradient_norm\n1,a.png,0.5,2\n0,a.png,1,3\n0,b.png,2,4\n');

    expect([sampleLosses?.epochs, sampleLosses?.ids]).toEqual([[0, 1], ['a.png', 'b.png']]);
    expect([...(sampleLosses?.losses ?? [])]).toEqual([1, 2, 0.5, NaN]);
    expect([...(sampleLosses?.gradientNorms ?? [])]).toEqual([3, 4, 2, NaN]);
  });

  it('takes a row without an id for numbers of the run, and passes over a line that is cut off', async () => {
    const { scalars, sampleLosses } = await read('log.jsonl', '{"step":10,"loss":1.5,"gradient_norm":3}\n{"step":20,"loss":1.25,"gradient_norm":2}\n{"step":30,"lo');

    expect(sampleLosses).toBeUndefined();
    expect([...(scalars.get('loss')?.steps ?? []), ...(scalars.get('loss')?.values ?? [])]).toEqual([10, 20, 1.5, 1.25]);
  });

  it('reads the scalars of a TensorBoard event file up to where it is cut off', async () => {
    // Event { step: 7, summary { value { tag: "loss", simple_value: 0.5 } } }
    const value = Buffer.concat([Buffer.from([0x0a, 4]), Buffer.from('loss'), Buffer.from([0x15, 0, 0, 0, 0x3f])]);
    const summary = Buffer.concat([Buffer.from([0x0a, value.length]), value]);
    const event = Buffer.concat([Buffer.from([0x10, 7, 0x2a, summary.length]), summary]);
    const { scalars } = await read('events.out.tfevents.1', Buffer.concat([frame(event), frame(event).subarray(0, 20)]));

    expect([[...(scalars.get('loss')?.steps ?? [])], [...(scalars.get('loss')?.values ?? [])]]).toEqual([[7], [0.5]]);
  });

  it('reads the same out of Parquet, whatever the file is called, with integers of 64 bits', async () => {
    const columns = [
      { name: 'epoch', data: [1n, 0n, 0n], type: 'INT64' as const },
      { name: 'id', data: ['a.png', 'a.png', 'b.png'], type: 'STRING' as const },
      { name: 'loss', data: [0.5, 1, 2], type: 'DOUBLE' as const },
      { name: 'gradient_norm', data: [2, 3, null], type: 'DOUBLE' as const },
    ];
    const { sampleLosses } = await read('losses', new Uint8Array(parquetWriteBuffer({ columnData: columns })));

    expect([sampleLosses?.epochs, sampleLosses?.ids]).toEqual([[0, 1], ['a.png', 'b.png']]);
    expect([...(sampleLosses?.losses ?? [])]).toEqual([1, 2, 0.5, NaN]);
    expect([...(sampleLosses?.gradientNorms ?? [])]).toEqual([3, NaN, 2, NaN]);
  });

  it('takes Parquet without ids for numbers of the run', async () => {
    const { scalars, sampleLosses } = await read('run.parquet', new Uint8Array(parquetWriteBuffer({ columnData: [{ name: 'step', data: [10, 20], type: 'INT32' }, { name: 'loss', data: [1.5, 1.25], type: 'FLOAT' }] })));

    expect(sampleLosses).toBeUndefined();
    expect([...(scalars.get('loss')?.steps ?? []), ...(scalars.get('loss')?.values ?? [])]).toEqual([10, 20, 1.5, 1.25]);
  });

  it('refuses Parquet that is cut off, whose end says what is in it', async () => {
    const whole = new Uint8Array(parquetWriteBuffer({ columnData: [{ name: 'epoch', data: [1, 2], type: 'INT32' }, { name: 'loss', data: [1, 2], type: 'FLOAT' }] }));

    for (let length = 4; length < whole.length; length += 7) await expect(read('log.parquet', whole.subarray(0, length))).rejects.toMatchObject({ code: 'dataset/invalid' });
  });

  it('says what to write where it finds nothing', async () => {
    await expect(read('log.csv', 'name,note\na,b\n')).rejects.toMatchObject({ code: 'dataset/invalid', nextStep: expect.stringContaining('epoch, id and loss') as string });
  });
});
