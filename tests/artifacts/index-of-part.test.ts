import { describe, expect, it } from 'vitest';
import { indexOfPart } from '../../src/artifacts/index-of-part.ts';

describe('indexOfPart', () => {
  it('names the index beside a file of a numbered series, and none beside any other', () => {
    expect(indexOfPart('models/model-00001-of-00003.safetensors')).toBe('models/model.safetensors.index.json');
    expect(indexOfPart('pytorch_model-00002-of-00002.bin')).toBe('pytorch_model.bin.index.json');
    expect(indexOfPart('models/model.safetensors')).toBeUndefined();
    expect(indexOfPart('model-1-of-3.safetensors')).toBeUndefined();
  });
});
