import { describe, expect, it } from 'vitest';
import { oddityOfPath } from '../../../src/formats/oddities/oddity-of-path.ts';

describe('a file that a model names', () => {
  it.each(['weights.bin', 'parts/weights-00001-of-00002.bin', 'a..b', '..bin', './weights.bin'])('inside of the folder is a remark: %s', (path) => {
    expect(oddityOfPath(path, 'p').kind).toBe('external-path');
  });

  it.each(['../weights.bin', 'a/../../b', '/etc/hostname', '\\\\host\\share', 'C:\\x', 'c:x', '~/x', 'a\\..\\..\\b', 'https://example.invalid/x', 'file:///x', 'a\0b'])('outside of it is a finding: %s', (path) => {
    expect(oddityOfPath(path, 'p').kind).toBe('escaping-path');
  });
});
