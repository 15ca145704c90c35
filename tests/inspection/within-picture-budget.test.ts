import { describe, expect, it } from 'vitest';
import type { Inspection } from '../../src/inspection/inspection.ts';
import { withinPictureBudget } from '../../src/inspection/within-picture-budget.ts';
import type { Picture, Result } from '../../src/report.ts';

const picture = (digest: string): Picture => ({ file: `pictures/${digest}.png`, digest, kind: 'mask', title: '' });

function result(detector: string, ...digests: readonly string[]): Result {
  const observation = { rule: `${detector}/seen`, severity: 'high' as const, text: '', data: {}, location: {}, pictures: digests.map(picture) };
  return { detector, outcome: 'flagged', examined: 1, seconds: 0, observations: [observation], measurements: [] };
}

const inspection: Inspection = {
  notes: ['a note'], companions: [], results: [result('a', 'one', 'two'), result('b', 'two', 'three')],
  pictures: new Map([['one', new Uint8Array(10)], ['two', new Uint8Array(20)], ['three', new Uint8Array(30)], ['nobody’s', new Uint8Array(5)]]),
};

const named = ({ results }: Inspection): string[] => results.flatMap((one) => one.observations.flatMap((seen) => seen.pictures?.map(({ digest }) => digest) ?? []));

describe('withinPictureBudget', () => {
  it('keeps what is named and fits, and counts one picture named twice once', () => {
    const kept = withinPictureBudget(inspection, 60);

    expect(named(kept)).toEqual(['one', 'two', 'two', 'three']);
    expect([...(kept.pictures?.keys() ?? [])]).toEqual(['one', 'two', 'three']);
    expect(kept.notes).toEqual(['a note']);
  });

  it('leaves out the rest and says how many', () => {
    const kept = withinPictureBudget(inspection, 35);

    expect(named(kept)).toEqual(['one', 'two', 'two']);
    expect(kept.notes).toEqual(['a note', '1 picture was left out: those of one artifact take at most 0.0 MiB in this run.']);
  });

  it('never names a picture whose bytes are not there', () => {
    const kept = withinPictureBudget({ ...inspection, pictures: new Map() }, 1000);

    expect(named(kept)).toEqual([]);
    expect(kept.pictures).toBeUndefined();
    expect(JSON.stringify(kept.results)).not.toContain('pictures');
  });
});
