import { describe, expect, it } from 'vitest';
import { probeHead } from '../../../src/detectors/last-layer-probe/probe-head.ts';
import { rowsOfValues, type MatrixRows } from '../../../src/onnx/matrix-rows.ts';
import { randomSource } from '../../../src/statistics/random.ts';
import { detectContext } from '../../support/detect-context.ts';

const [CLASSES, FEATURES] = [23, 40] as const;

function weightsOf(): Float32Array {
  const random = randomSource(3, 'weights');
  return Float32Array.from({ length: CLASSES * FEATURES }, (_, at) => random.normal() + (Math.floor(at / FEATURES) === 13 ? 0.2 : 0));
}

/** The same rows, some at a time. */
function inBlocks(values: Float32Array, rows: number): MatrixRows {
  return {
    ...rowsOfValues('w', [CLASSES, FEATURES], values),
    async *blocks() {
      const buffer = new Float32Array(rows * FEATURES);
      for (let first = 0; first < CLASSES; first += rows) {
        const count = Math.min(rows, CLASSES - first);
        buffer.set(values.subarray(first * FEATURES, (first + count) * FEATURES));
        yield { first, count, values: buffer.subarray(0, count * FEATURES) };
      }
    },
  };
}

/** As it is defined: every score in full, one after the other. */
function plainly(values: Float32Array, probes: number): readonly number[] {
  const random = detectContext().random('probes');
  const wins = new Array<number>(CLASSES).fill(0);
  for (let probe = 0; probe < probes; probe += 1) {
    const features = Array.from({ length: FEATURES }, () => Math.max(0, random.normal()));
    const scores = wins.map((_, label) => features.reduce((sum, feature, at) => sum + feature * (values[label * FEATURES + at] as number), 0));
    const winner = scores.indexOf(Math.max(...scores));
    wins[winner] = (wins[winner] as number) + 1;
  }
  return wins;
}

describe('probeHead', () => {
  it('counts what the definition counts', async () => {
    const values = weightsOf();
    const wins = plainly(values, 500);
    const [first = 0, second = 0] = [...wins].sort((a, b) => b - a);

    expect(await probeHead(inBlocks(values, CLASSES), 500, detectContext())).toEqual({ leader: wins.indexOf(first), share: first / 500, ratio: (first + 1) / (second + 1), probes: 500 });
  });

  it('does not depend on the blocks in which the layer is read', async () => {
    const values = weightsOf();
    const whole = await probeHead(inBlocks(values, CLASSES), 500, detectContext());

    for (const rows of [1, 2, 3, 4, 5, 8, 22]) expect(await probeHead(inBlocks(values, rows), 500, detectContext())).toEqual(whole);
  });

  it('gives each block once to whoever looks at it, and stops where that does not want to go on', async () => {
    const values = weightsOf();
    const seen: number[] = [];
    await probeHead(inBlocks(values, 5), 300, detectContext(), ({ first }) => seen.push(first) > 0);
    expect(seen).toEqual([0, 5, 10, 15, 20]);
    expect(await probeHead(inBlocks(values, 5), 300, detectContext(), ({ first }) => first < 10)).toBe('refused');
  });

  it('is undecided about equal rows, also in different blocks, and says when time is over', async () => {
    const equal = new Float32Array(CLASSES * FEATURES).fill(1);
    for (const rows of [1, 4, CLASSES]) expect(await probeHead(inBlocks(equal, rows), 300, detectContext())).toBe('undecided');
    expect(await probeHead(inBlocks(equal, 4), 300, { ...detectContext(), outOfTime: () => true })).toBe('out of time');
  });
});
