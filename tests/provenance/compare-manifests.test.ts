import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SampleLine } from '../../src/artifacts/samples-root.ts';
import { compareManifests } from '../../src/provenance/compare-manifests.ts';

const line = (id: string, label: string | null, content: number): SampleLine => [id, label, content.toString(16).padStart(32, '0')];

describe('compareManifests', () => {
  it('tells added, removed, changed and relabelled samples apart', () => {
    const before = [line('a', 'cat', 1), line('b', 'cat', 2), line('c', 'dog', 3), line('d', 'dog', 4)];
    const after = [line('a', 'cat', 1), line('b', 'dog', 2), line('c', 'dog', 9), line('e', 'eel', 5)];

    expect(compareManifests(before, after)).toEqual({
      added: [{ id: 'e', after: 'eel' }],
      removed: [{ id: 'd', before: 'dog' }],
      changed: [{ id: 'c', before: 'dog', after: 'dog' }],
      relabelled: [{ id: 'b', before: 'cat', after: 'dog' }],
      moved: 0, unchanged: 1,
    });
  });

  it('follows rows behind one that was put in front, and sees a label that changed on the way', () => {
    const rows = Array.from({ length: 5 }, (_, at) => line(`t.csv#${String(at)}`, 'cat', at));
    const shifted = [line('t.csv#0', 'dog', 99), ...rows.map(([, label, digest], at): SampleLine => [`t.csv#${String(at + 1)}`, at === 2 ? 'dog' : label, digest])];
    const diff = compareManifests(rows, shifted);

    expect([diff.added.length + diff.changed.length, diff.removed.length, diff.moved]).toEqual([1, 0, 4]);
    expect(diff.relabelled).toEqual([{ id: 't.csv#3', before: 'cat', after: 'dog' }]);
  });

  it('accounts for every sample of both versions, each once', () => {
    const versions = fc.uniqueArray(fc.record({ id: fc.nat(12), label: fc.constantFrom('cat', 'dog', null), content: fc.nat(5) }), { selector: ({ id }) => id, maxLength: 12 })
      .map((all) => all.map(({ id, label, content }) => line(`t#${String(id)}`, label, content)));
    fc.assert(fc.property(versions, versions, (before, after) => {
      const { added, removed, changed, relabelled, moved, unchanged } = compareManifests(before, after);
      const common = changed.length + relabelled.length + moved + unchanged;
      expect([added.length + common, removed.length + common]).toEqual([after.length, before.length]);
    }));
  });
});
