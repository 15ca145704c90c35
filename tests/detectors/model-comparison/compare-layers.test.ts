import { describe, expect, it } from 'vitest';
import type { ByteSource } from '../../../src/artifacts/byte-source.ts';
import { memorySource } from '../../../src/artifacts/memory-source.ts';
import { compareLayers, type LayersChange } from '../../../src/detectors/model-comparison/compare-layers.ts';
import type { Facets } from '../../../src/model/facets.ts';
import { TENSOR_READ_BYTES } from '../../../src/model/stream-tensor.ts';
import { attribute, graphBuilder, modelOf } from '../../../src/onnx/build.ts';
import type { OnnxModel } from '../../../src/onnx/onnx-model.ts';
import { randomSource } from '../../../src/statistics/random.ts';

interface Layer {
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
  /** Outputs first. */
  readonly values: Float32Array;
  /** A MatMul keeps its inputs first, a Gemm with transB its outputs. */
  readonly as: 'MatMul' | 'Gemm';
}

function layer(name: string, seed: number, [outputs, inputs]: readonly [number, number], as: Layer['as'] = 'MatMul'): Layer {
  const random = randomSource(seed, 'layer');
  return { name, inputs, outputs, as, values: Float32Array.from({ length: inputs * outputs }, () => random.normal()) };
}

const moved = (one: Layer, by: number): Layer => ({ ...one, values: one.values.map((value, at) => value + by * Math.sin(at * at)) });

interface Reads {
  bytes: number;
  largest: number;
}

/** A graph whose weights lie in a file of their own, and what was read of it. */
function external(...layers: readonly Layer[]): { readonly facets: Pick<Facets, 'graph'>; readonly size: number; readonly reads: Reads } {
  const build = graphBuilder();
  let from = build.input('x', 'float', ['N', layers[0]?.inputs ?? 0]);
  for (const { name, inputs, outputs, as, values } of layers) {
    const stored = as === 'Gemm' ? values : Float32Array.from(values, (_, at) => values[(at % outputs) * inputs + Math.floor(at / outputs)] as number);
    const weight = build.constant(name, stored, as === 'Gemm' ? [outputs, inputs] : [inputs, outputs]);
    from = build.node(as, [from, weight], as === 'Gemm' ? { attributes: { transB: attribute.int(1) } } : {});
  }
  build.output(from, 'float', ['N', layers.at(-1)?.outputs ?? 0]);
  const inline = modelOf(build.graph());
  const reads: Reads = { bytes: 0, largest: 0 };
  let size = 0;
  const initializers = inline.graph.initializers.map((tensor) => {
    const { raw } = tensor;
    if (raw === undefined) throw new Error('built without its bytes');
    size += raw.range.length;
    return { ...tensor, raw: { ...raw, source: counted(raw.source, reads), location: 'external' as const, path: 'weights' } };
  });
  const model: OnnxModel = { ...inline, graph: { ...inline.graph, initializers } };
  return { facets: { graph: { model, bytes: memorySource(new Uint8Array(0)), externalFiles: [] } }, size, reads };
}

function counted(source: ByteSource, reads: Reads): ByteSource {
  return {
    size: source.size,
    read(offset, length) {
      reads.bytes += length;
      reads.largest = Math.max(reads.largest, length);
      return source.read(offset, length);
    },
  };
}

async function compared(before: ReturnType<typeof external>, after: ReturnType<typeof external>): Promise<LayersChange> {
  const made = await compareLayers(before.facets, after.facets, () => true);
  if (typeof made === 'string') throw new Error(made);
  return made;
}

describe('compareLayers', () => {
  it('reads each byte of weights outside of the graph once, and never more of a layer than a piece', async () => {
    const layers = [layer('a', 1, [1100, 1000]), layer('b', 2, [64, 1100], 'Gemm')];
    const [before, after] = [external(...layers), external(...layers.map((one) => moved(one, 0.01)))];
    const { changes, inheritedShare } = await compared(before, after);

    expect(inheritedShare).toBe(1);
    expect(changes.map(({ tensor, rows, columns }) => [tensor, rows, columns])).toEqual([['a', 1100, 1000], ['b', 64, 1100]]);
    for (const { update } of changes) expect(update.relativeNorm).toBeCloseTo(0.007, 3);
    for (const { reads, size } of [before, after]) {
      expect(reads.bytes).toBe(size);
      expect(reads.largest).toBe(TENSOR_READ_BYTES);
    }
  });

  it('leaves layers of the earlier version unread that nothing can come from, and reads them where a namesake is no ancestor', async () => {
    const [one, other] = [layer('one', 1, [60, 50]), layer('other', 2, [50, 60])];
    const part = external(moved(one, 0.01));
    const whole = external(one, other);
    const { inheritedShare, earlierCount } = await compared(whole, part);
    expect([inheritedShare, earlierCount]).toEqual([1, 2]);
    expect(whole.reads.bytes).toBe(60 * 50 * 4);

    const another = { ...layer('first', 3, [60, 50]) };
    const renamed = await compared(external(another, one), external({ ...moved(one, 0.01), name: 'first' }));
    expect(renamed.inheritedShare).toBe(1);
  });

  it('finds what became of each layer where the names tell something else', async () => {
    const [one, other, third] = [layer('one', 1, [30, 30]), layer('other', 2, [30, 30]), layer('third', 3, [30, 30])];
    const { changes, inheritedShare } = await compared(external(one, other, third), external({ ...moved(other, 0.01), name: 'one' }, { ...one, name: 'other' }, { ...third, name: 'new' }));

    expect(inheritedShare).toBe(1);
    expect(changes.map(({ tensor, update }) => [tensor, Number(update.relativeNorm.toFixed(3))])).toEqual([['one', 0.007], ['other', 0], ['new', 0]]);
  });

  it('sees no change in weights that lie in another order', async () => {
    const one = layer('one', 1, [30, 50]);
    const { changes } = await compared(external(one), external({ ...one, as: 'Gemm' }));

    expect(changes).toMatchObject([{ tensor: 'one', rows: 30, columns: 50, likeness: expect.closeTo(1, 9) as number, update: { relativeNorm: 0 } }]);
  });

  it('cannot tell where a value is not finite, or where time runs out, at any layer', async () => {
    const layers = [layer('a', 1, [20, 20]), layer('b', 2, [20, 20])];
    const broken = layers.map((one, at) => (at === 1 ? { ...one, values: one.values.map((value, place) => (place === 7 ? NaN : value)) } : one));
    expect(await compareLayers(external(...layers).facets, external(...broken).facets, () => true)).toMatch(/^The weights b of one of the versions hold values that are not finite/);

    let asked = 0;
    const countAsked = async (limit: number): Promise<LayersChange | string> => {
      asked = 0;
      return compareLayers(external(...layers).facets, external(...layers).facets, () => (asked += 1) <= limit);
    };
    await countAsked(Infinity);
    const all = asked;
    for (let limit = 0; limit < all; limit += 1) expect(await countAsked(limit)).toMatch(/^The time ran out/);
  });
});
