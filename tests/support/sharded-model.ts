import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

export interface SmallTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export type SmallTensors = Readonly<Record<string, SmallTensor>>;

/** A safetensors file of float32 tensors, in the order given. */
export function safetensorsFile(tensors: SmallTensors): Uint8Array {
  let end = 0;
  const entries = Object.entries(tensors).map(([name, { shape, values }]) => {
    const from = end;
    end += values.byteLength;
    return [name, { dtype: 'F32', shape, data_offsets: [from, end] }] as const;
  });
  const header = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, ...Object.values(tensors).map(({ values }) => Buffer.from(values.buffer, values.byteOffset, values.byteLength))]);
}

export interface ShardedModel {
  readonly files: Readonly<Record<string, Uint8Array>>;
  readonly index: string;
}

export const INDEX_NAME = 'model.safetensors.index.json';

/** The tensors spread over files in turn, so that another count of files moves most of them. */
export function shardedModel(tensors: SmallTensors, count: number): ShardedModel {
  const names = Object.keys(tensors);
  const fileOf = (at: number): string => `model-${String((at % count) + 1).padStart(5, '0')}-of-${String(count).padStart(5, '0')}.safetensors`;
  const weightMap = Object.fromEntries(names.map((name, at) => [name, fileOf(at)]));
  const files = Object.fromEntries(Array.from({ length: count }, (_, part) => [fileOf(part), safetensorsFile(Object.fromEntries(names.filter((_name, at) => at % count === part).map((name) => [name, tensors[name] as SmallTensor])))]));
  return { files, index: JSON.stringify({ metadata: { total_size: 0 }, weight_map: weightMap }) };
}

/** Writes it to a folder and gives the index's path. */
export async function writeSharded({ files, index }: ShardedModel, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (const [name, bytes] of Object.entries(files)) await writeFile(path.join(folder, name), bytes);
  await writeFile(path.join(folder, INDEX_NAME), index);
  return path.join(folder, INDEX_NAME);
}
