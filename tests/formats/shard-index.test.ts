import { describe, expect, it } from 'vitest';
import { shardIndex } from '../../src/formats/shard-index.ts';
import { describeStructuredFormat } from './describe-structured-format.ts';

describeStructuredFormat(shardIndex);

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('shard-index', () => {
  it('is recognized by its name or by its map', () => {
    expect(shardIndex.match(encode('{"metadata": {}'), 'model.safetensors.index.json')).toBe('certain');
    expect(shardIndex.match(encode('{"weight_map": {}'), 'whatever.json')).toBe('certain');
    expect(shardIndex.match(encode('{"metadata": {}'), 'whatever.json')).toBeUndefined();
  });
});
