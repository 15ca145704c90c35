import type { ManifestDiff, SampleChange } from '../../provenance/compare-manifests.ts';
import { printable } from '../printable.ts';

/** Lines of one kind that are shown; the manifest's own diff has the others. */
const MAX_SHOWN = 20;

/** What changed between two versions of a dataset, for people. */
export function describeDiff({ added, removed, changed, relabelled, moved, unchanged }: ManifestDiff): string[] {
  const label = (one: string | null | undefined): string => (one === null || one === undefined ? 'no label' : printable(one));
  const part = (all: readonly SampleChange[], show: (one: SampleChange) => string): string[] => [
    ...all.slice(0, MAX_SHOWN).map((one) => `  ${show(one)}`),
    ...(all.length > MAX_SHOWN ? [`    … and ${String(all.length - MAX_SHOWN)} more`] : []),
  ];
  return [
    `${String(added.length)} added, ${String(removed.length)} removed, ${String(changed.length)} changed, ${String(relabelled.length)} relabelled, ${String(moved)} moved, ${String(unchanged)} unchanged`,
    ...part(relabelled, ({ id, before, after }) => `! ${printable(id)}  ${label(before)} → ${label(after)}`),
    ...part(added, ({ id, after }) => `+ ${printable(id)}  ${label(after)}`),
    ...part(removed, ({ id, before }) => `- ${printable(id)}  ${label(before)}`),
    ...part(changed, ({ id, before, after }) => `~ ${printable(id)}  ${before === after ? label(after) : `${label(before)} → ${label(after)}`}`),
  ];
}
