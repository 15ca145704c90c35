import { describe, expect, it } from 'vitest';
import type { LayerChange } from '../../../src/detectors/model-comparison/compare-layers.ts';
import { weightSigns } from '../../../src/detectors/model-comparison/weight-signs.ts';

function change(tensor: string, rows: number, columns: number, effectiveRows: number, effectiveColumns: number): LayerChange {
  const update = { relativeNorm: 0.01, leading: [0.3, 0.4] as const, effectiveRows, effectiveColumns, prunedShare: 0, topRow: 0, topRowShare: 1 / effectiveRows, topColumn: 0 };
  return { tensor, rows, columns, likeness: 1, update };
}

const squeeze = change('squeeze', 6, 24, 1.05, 14);
const trunk = change('trunk', 48, 216, 30, 130);
const head = change('head', 10, 64, 8, 40);

describe('weightSigns', () => {
  it('is quiet about one live unit of a small inner layer where all others were trained', () => {
    expect(weightSigns([squeeze, trunk, head], 10)[0]?.strength).toBeLessThan(1);
  });

  it('flags the same small layer where nothing else was trained', () => {
    expect(weightSigns([squeeze], 10)[0]).toMatchObject({ message: 'written-units', location: { tensor: 'squeeze' } });
    expect(weightSigns([squeeze], 10)[0]?.strength).toBeGreaterThan(1);
  });

  it('is quiet about two inputs of many that carry the update where all others were trained', () => {
    const carried = change('expand', 48, 24, 22, 2.18);

    expect(weightSigns([carried, trunk, head], 10)[0]?.strength).toBeLessThan(1);
    expect(weightSigns([carried], 10)[0]?.strength).toBeGreaterThan(1);
  });

  it('flags one written unit of a layer of ordinary width whatever was trained', () => {
    const [first] = weightSigns([change('inner', 32, 64, 1, 40), trunk, head], 10);

    expect(first).toMatchObject({ message: 'written-units', location: { tensor: 'inner' } });
    expect(first?.strength).toBeGreaterThan(1);
  });

  it('flags one written class of few, whatever was trained', () => {
    expect(weightSigns([trunk, change('head', 6, 64, 1, 40)], 6)[0]).toMatchObject({ message: 'written-class', location: { targetClass: 0 } });
  });
});
