import type { Probes } from '../model/probes.ts';

const WORDS: Readonly<Record<Probes['origin'], string>> = { samples: 'samples', drawn: 'drawn pictures', synthesized: 'made-up inputs' };

/** What the inputs of a search are, in the words of a message. */
export function describeOrigin({ origin }: Pick<Probes, 'origin'>): string {
  return WORDS[origin];
}
