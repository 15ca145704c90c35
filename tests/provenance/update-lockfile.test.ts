import { describe, expect, it } from 'vitest';
import type { LockEntry, Lockfile } from '../../src/provenance/lockfile.ts';
import { updateLockfile } from '../../src/provenance/update-lockfile.ts';
import { gateErrorOf } from '../artifacts/gate-error-of.ts';

const plain = (path: string, digit: string): LockEntry => ({ path, sha256: digit.repeat(64), size: 1 });
const approved: LockEntry = { ...plain('b.onnx', 'b'), source: { url: 'https://example.com/b' }, approvedBy: 'A', approvedAt: '2025-01-31' };
const before: Lockfile = { version: 1, artifacts: [plain('c.onnx', 'c'), approved, plain('a.onnx', 'a')] };

describe('updateLockfile', () => {
  it('adds, replaces and removes, and says which', () => {
    const { lockfile, diff } = updateLockfile(before, { put: [plain('d.onnx', 'd'), plain('a.onnx', '0'), plain('b.onnx', 'b')], remove: ['c.onnx', 'never.onnx'] });

    expect(lockfile.artifacts.map(({ path }) => path)).toEqual(['a.onnx', 'b.onnx', 'd.onnx']);
    expect(diff).toEqual({
      added: [plain('d.onnx', 'd')],
      changed: [{ before: plain('a.onnx', 'a'), after: plain('a.onnx', '0') }],
      removed: [plain('c.onnx', 'c')],
      unchanged: [approved],
    });
  });

  it('starts from nothing', () => {
    const { lockfile, diff } = updateLockfile(undefined, { put: [plain('a.onnx', 'a')] });

    expect(lockfile).toEqual({ version: 1, artifacts: [plain('a.onnx', 'a')] });
    expect(diff.added).toHaveLength(1);
  });

  it('keeps source and approval of an artifact that did not change', () => {
    expect(updateLockfile(before, { put: [plain('b.onnx', 'b')] }).lockfile.artifacts).toContainEqual(approved);
  });

  it('keeps the source but not the approval when the bytes are others', () => {
    const { lockfile } = updateLockfile(before, { put: [plain('b.onnx', '0')] });

    expect(lockfile.artifacts[1]).toEqual({ ...plain('b.onnx', '0'), source: { url: 'https://example.com/b' } });
  });

  it('replaces an approval as a whole, never half of it', () => {
    const { lockfile } = updateLockfile(before, { put: [{ ...plain('b.onnx', 'b'), approvedBy: 'B' }] });

    expect(lockfile.artifacts[1]).toEqual({ ...plain('b.onnx', 'b'), source: { url: 'https://example.com/b' }, approvedBy: 'B' });
  });

  it('counts a new source alone as a change', () => {
    const moved = { ...approved, source: { repository: 'acme/models', revision: 'v1' } };

    expect(updateLockfile(before, { put: [moved] }).diff.changed).toEqual([{ before: approved, after: moved }]);
  });

  it('does not touch what it was given', () => {
    const copy = structuredClone(before);
    updateLockfile(before, { put: [plain('a.onnx', '0')], remove: ['b.onnx'] });

    expect(before).toEqual(copy);
  });

  it.each([[[plain('../a', 'a')]], [[plain('a\\b', 'a')]], [[plain('a', 'a'), plain('a', 'b')]]])('refuses paths that a lockfile cannot hold', async (put) => {
    expect((await gateErrorOf(() => updateLockfile(before, { put }))).code).toBe('lockfile/invalid');
  });
});
