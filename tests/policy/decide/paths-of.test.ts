import { describe, expect, it } from 'vitest';
import { isArchiveMember, pathsOf } from '../../../src/policy/decide/paths-of.ts';

describe('pathsOf', () => {
  it('is the member’s own path and that of its file', () => {
    expect(pathsOf({ path: 'm/a.zip!/b.zip!/c.onnx', container: 'm/a.zip' })).toEqual(['m/a.zip!/b.zip!/c.onnx', 'm/a.zip']);
  });

  it('is the path alone for external data, and for a file in a folder that is named like an archive', () => {
    expect(pathsOf({ path: 'm/weights.bin', container: 'm/a.onnx' })).toEqual(['m/weights.bin']);
    expect(pathsOf({ path: 'approved.pt!/evil.pt' })).toEqual(['approved.pt!/evil.pt']);
    expect(isArchiveMember({ path: 'approved.pt!/evil.pt' })).toBe(false);
  });
});
