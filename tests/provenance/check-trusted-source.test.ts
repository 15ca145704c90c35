import { TypeCompiler } from '@sinclair/typebox/compiler';
import { describe, expect, it } from 'vitest';
import { checkTrustedSource, type TrustedSourceQuery } from '../../src/provenance/check-trusted-source.ts';
import type { LockEntry } from '../../src/provenance/lockfile.ts';
import { TRUSTED_SOURCE_MESSAGES } from '../../src/provenance/trusted-source-messages.ts';
import { ProvenanceSchema, type Provenance } from '../../src/report.ts';

const APPROVED = 'a'.repeat(64);
const OTHER = 'b'.repeat(64);
const listed: LockEntry = {
  path: 'models/a.onnx',
  sha256: APPROVED,
  size: 100,
  source: { repository: 'acme/models', revision: 'v1' },
  approvedBy: 'A',
  approvedAt: '2025-01-31',
};

const schema = TypeCompiler.Compile(ProvenanceSchema);

function check(query: Partial<TrustedSourceQuery>, entries: readonly LockEntry[] = [listed]): Provenance {
  const provenance = checkTrustedSource({
    root: '/repo',
    path: 'models/a.onnx',
    digest: `sha256:${APPROVED}`,
    size: 100,
    isPointer: false,
    change: undefined,
    lockfile: { path: '/repo/modelgate.lock.json', content: { version: 1, artifacts: [...entries] } },
    trustedSource: { allowedSources: [] },
    ...query,
  });
  // Whatever the case: a valid part of the report, known rules, no place left unfilled.
  expect([...schema.Errors(provenance)]).toEqual([]);
  for (const { rule, text } of provenance.observations) {
    expect(Object.keys(TRUSTED_SOURCE_MESSAGES)).toContain(rule.replace('trusted-source/', ''));
    expect(text).not.toMatch(/\{\w+\}/);
  }
  expect(provenance.outcome === 'clear').toBe(provenance.observations.length === 0);
  return provenance;
}

const rules = (provenance: Provenance) => provenance.observations.map(({ rule }) => rule);

describe('checkTrustedSource', () => {
  it('is clear for the approved bytes, and says by whom they were approved', () => {
    expect(check({})).toEqual({
      outcome: 'clear',
      text: 'models/a.onnx is the approved file: its digest is the lockfile’s.',
      observations: [],
      source: 'acme/models@v1',
      approvedBy: 'A',
      approvedAt: '2025-01-31',
    });
  });

  it('flags other bytes, and does not carry the approval over to them', () => {
    const provenance = check({ digest: `sha256:${OTHER}` });

    expect(provenance).toMatchObject({ outcome: 'flagged', source: 'acme/models@v1' });
    expect(provenance.approvedBy).toBeUndefined();
    expect(provenance.observations).toEqual([
      {
        rule: 'trusted-source/hash-mismatch',
        severity: 'critical',
        text: `models/a.onnx has the digest sha256:${OTHER}, but the lockfile approves sha256:${APPROVED}.`,
        data: { path: 'models/a.onnx', expected: APPROVED, actual: OTHER },
        location: {},
      },
    ]);
  });

  it('flags an artifact that is not listed, and points to the same bytes under another path', () => {
    expect(rules(check({ path: 'models/new.onnx', digest: `sha256:${OTHER}` }))).toEqual(['trusted-source/unlisted']);

    const twin = check({ path: 'copy.onnx' });
    expect([twin.outcome, twin.observations[0]?.data['listedAs']]).toEqual(['flagged', 'models/a.onnx']);
    expect(twin.text).toBe(
      `copy.onnx (sha256:${APPROVED}) is not listed in the lockfile modelgate.lock.json, so nobody has approved it. The same bytes are listed as models/a.onnx.`,
    );
  });

  it('looks entries up relative to the lockfile, and cannot find what lies outside of its folder', () => {
    const lockfile = { path: 'ml/modelgate.lock.json', content: { version: 1 as const, artifacts: [listed] } };

    expect(check({ path: 'ml/models/a.onnx', lockfile }).outcome).toBe('clear');
    expect(rules(check({ path: 'models/a.onnx', lockfile }))).toEqual(['trusted-source/unlisted']);
  });

  it('is clear for a renamed file whose old path is listed with the same digest', () => {
    const provenance = check({ path: 'models/b.onnx', change: { path: 'models/b.onnx', kind: 'renamed', previousPath: 'models/a.onnx' } });

    expect(provenance).toMatchObject({
      outcome: 'clear',
      text: 'models/b.onnx was renamed from models/a.onnx, which the lockfile lists with the same digest; run "modelgate lock" to record the new path.',
      approvedBy: 'A',
    });
  });

  it('does not excuse a renamed file with other bytes, nor one whose new path is listed with others', () => {
    const change = { path: 'models/b.onnx', kind: 'renamed', previousPath: 'models/a.onnx' } as const;

    expect(rules(check({ path: 'models/b.onnx', change, digest: `sha256:${OTHER}` }))).toEqual(['trusted-source/unlisted']);
    expect(rules(check({ path: 'models/b.onnx', change }, [listed, { ...listed, path: 'models/b.onnx', sha256: OTHER }]))).toEqual(['trusted-source/hash-mismatch']);
  });

  it('flags a source that matches none of the allowed ones, also of approved bytes', () => {
    const none: LockEntry = { path: listed.path, sha256: APPROVED, size: 100 };
    const policy = { trustedSource: { allowedSources: ['acme/*', 'https://huggingface.co/acme/**'] } };

    expect(check(policy).outcome).toBe('clear');
    expect(check({ trustedSource: { allowedSources: ['acme/models@v2'] } })).toMatchObject({
      outcome: 'flagged',
      observations: [{ rule: 'trusted-source/untrusted-source', data: { source: 'acme/models@v1', allowed: 'acme/models@v2' } }],
    });
    expect(check(policy, [none])).toMatchObject({ outcome: 'flagged', observations: [{ data: { source: '(none)' } }] });
    expect(rules(check({ ...policy, digest: `sha256:${OTHER}` }, [{ ...listed, source: { url: 'https://evil.com/x' } }]))).toEqual([
      'trusted-source/hash-mismatch',
      'trusted-source/untrusted-source',
    ]);
  });

  it('checks the source of a renamed file, too', () => {
    const change = { path: 'models/b.onnx', kind: 'renamed', previousPath: 'models/a.onnx' } as const;

    expect(rules(check({ path: 'models/b.onnx', change, trustedSource: { allowedSources: ['other/*'] } }))).toEqual(['trusted-source/untrusted-source']);
  });

  describe('of a Git LFS pointer whose file is not there', () => {
    it('is clear without a download when digest and size are the approved ones', () => {
      expect(check({ isPointer: true })).toMatchObject({
        outcome: 'clear',
        text: 'models/a.onnx is the approved file: its digest is the lockfile’s. It is a Git LFS pointer whose digest and size are the approved ones, so it is approved without a download.',
        approvedBy: 'A',
      });
    });

    it.each([
      ['names other bytes', { digest: `sha256:${OTHER}` as const }, 'trusted-source/hash-mismatch'],
      ['names another size', { size: 101 }, 'trusted-source/size-mismatch'],
      ['is not listed', { path: 'models/new.onnx' }, 'trusted-source/unlisted'],
      ['has no lockfile to vouch for it', { lockfile: undefined }, 'trusted-source/no-lockfile'],
    ])('is inconclusive, never clear, when it %s', (_, query, rule) => {
      const provenance = check({ isPointer: true, ...query });

      expect(provenance.outcome).toBe('inconclusive');
      expect(rules(provenance)).toEqual([rule, 'trusted-source/unresolved-pointer']);
      expect(provenance.approvedBy).toBeUndefined();
    });

    it('is flagged when the bytes are approved but their source is not allowed', () => {
      expect(check({ isPointer: true, trustedSource: { allowedSources: ['other/*'] } }).outcome).toBe('flagged');
    });
  });

  it('takes the digest’s word over a wrong size in the lockfile when the file is there', () => {
    expect(check({ size: 100 }, [{ ...listed, size: 5 }]).outcome).toBe('clear');
  });

  it('is not applicable without a lockfile', () => {
    const provenance = check({ lockfile: undefined });

    expect([provenance.outcome, rules(provenance)]).toEqual(['not-applicable', ['trusted-source/no-lockfile']]);
  });
});
