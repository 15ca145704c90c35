import type { Picture } from '../report.ts';
import type { Inspection } from './inspection.ts';

/**
 * The same inspection with as many of its pictures, in the order of the results, as fit into so many bytes, and a note
 * about the rest. Afterwards every picture that is named is there, and every one that is there is named.
 */
export function withinPictureBudget(inspection: Inspection, maxBytes: number): Inspection {
  const { pictures: given = new Map<string, Uint8Array>(), ...rest } = inspection;
  const kept = new Map<string, Uint8Array>();
  let bytes = 0;
  let leftOut = 0;
  const isKept = ({ digest }: Picture): boolean => {
    if (kept.has(digest)) return true;
    const content = given.get(digest);
    if (content === undefined || bytes + content.byteLength > maxBytes) {
      leftOut += 1;
      return false;
    }
    bytes += content.byteLength;
    kept.set(digest, content);
    return true;
  };
  const results = inspection.results.map((result) => ({
    ...result,
    observations: result.observations.map(({ pictures, ...observation }) => {
      const its = pictures?.filter(isKept) ?? [];
      return its.length === 0 ? observation : { ...observation, pictures: its };
    }),
  }));
  return {
    ...rest,
    results,
    ...(kept.size === 0 ? {} : { pictures: kept }),
    notes: leftOut === 0 ? inspection.notes : [...inspection.notes, note(leftOut, maxBytes)],
  };
}

function note(leftOut: number, maxBytes: number): string {
  const what = leftOut === 1 ? '1 picture was left out' : `${leftOut} pictures were left out`;
  return `${what}: those of one artifact take at most ${(maxBytes / 2 ** 20).toFixed(1)} MiB in this run.`;
}
