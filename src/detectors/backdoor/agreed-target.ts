import type { EvidencePart } from './combine-evidence.ts';

/** What several kinds of evidence say together. */
export interface AgreedTarget {
  /** Undefined: each class is moved to another, or no kind names a class. */
  readonly targetClass: number | undefined;
  /** The kinds that name it, the most surprising first; empty when nothing is surprising. */
  readonly parts: readonly EvidencePart[];
}

/** The class that the kinds of evidence name with the largest sum of contributions; kinds that name none are one voice of their own. */
export function agreedTarget(parts: readonly EvidencePart[]): AgreedTarget {
  const voices = new Map<number | undefined, EvidencePart[]>();
  for (const part of parts) {
    if (part.contribution > 0) voices.set(part.targetClass, [...(voices.get(part.targetClass) ?? []), part]);
  }
  const weightOf = (voice: readonly EvidencePart[]): number => voice.reduce((sum, { contribution }) => sum + contribution, 0);
  const [strongest] = [...voices].sort(([, a], [, b]) => weightOf(b) - weightOf(a));
  return strongest === undefined ? { targetClass: undefined, parts: [] } : { targetClass: strongest[0], parts: strongest[1] };
}
