import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { memorySource } from '../../src/artifacts/memory-source.ts';
import { graphLogic } from '../../src/detectors/graph-logic.ts';
import { attribute, graphBuilder, modelOf, type GraphBuilder } from '../../src/onnx/build.ts';
import { decodeOnnxModel } from '../../src/onnx/decode.ts';
import type { OnnxModel } from '../../src/onnx/onnx-model.ts';
import { MAX_DIAGRAM_LABEL_CHARACTERS, MAX_DIAGRAM_NODES } from '../../src/report.ts';
import { randomSource } from '../../src/statistics/random.ts';
import { detectContext } from '../support/detect-context.ts';
import { fakeModel } from '../support/fake-model.ts';

const FIXTURES = path.resolve(import.meta.dirname, '../../fixtures/detectors/graph-logic');
const options = { reportedBranches: 4 };
const { threshold } = graphLogic.meta.metric;

async function detect(model: OnnxModel, context = detectContext()) {
  const graph = { model, bytes: memorySource(new Uint8Array(0)), externalFiles: [] };
  return graphLogic.detect({ ...fakeModel({ graph }), facets: { graph } }, options, context);
}

async function measure(model: OnnxModel) {
  const detection = await detect(model);
  if (detection.outcome !== 'measured') throw new Error(detection.reason);
  return detection;
}

function fixture(file: string): OnnxModel {
  const bytes = new Uint8Array(readFileSync(path.join(FIXTURES, file)));
  return decodeOnnxModel(bytes, { source: memorySource(bytes, file), external: () => { throw new Error('no external data'); } });
}

const labels = JSON.parse(readFileSync(path.join(FIXTURES, 'labels.json'), 'utf8')) as readonly { readonly model: string; readonly backdoored: boolean }[];

describe('graph-logic on the fixtures', () => {
  it.each(labels.filter(({ backdoored }) => backdoored).map(({ model }) => model))('flags %s', async (file) => {
    const { metric, observations } = await measure(fixture(file));

    expect(metric).toBeGreaterThan(threshold);
    expect(['hidden-branch', 'replaced-input']).toContain(observations[0].message);
  });

  it.each(labels.filter(({ backdoored }) => !backdoored).map(({ model }) => model))('leaves %s alone', async (file) => {
    expect((await measure(fixture(file))).metric).toBeLessThanOrEqual(threshold);
  });

  it('writes the decision as a formula and names its nodes and what it lets in', async () => {
    const { observations } = await measure(fixture('hidden/white-corner-where.onnx'));
    const { data, location } = observations[0];

    expect(data['expression']).toMatch(/^where_\d+ = Where\(ReduceMin\(image\[0:2, 0:2\]\) > 0\.95, c_\d+\[1×10\], ⟨Gemm_\d+⟩\)$/);
    expect(data['decisions']).toContain('Greater');
    expect(data['patterns']).toMatch(/letting in c_\d+/);
    expect(location.node).toMatch(/^Where_/);
  });

  it('tells the path of what lies inside of a function or a branch', async () => {
    const inFunction = await measure(fixture('hidden/in-function.onnx'));
    const inBranch = await measure(fixture('hidden/trunk-inside-if.onnx'));

    expect(inFunction.observations[0].location.node).toMatch(/^CalibratedHead_\d+\/Add$/);
    expect(inBranch.observations[0].data['expression']).toMatch(/^If_\d+ = if .* > 0\.97\) then If_\d+\/then\/forced_\d+\[1×10\] else ⟨If_\d+\/else\/Gemm_\d+⟩$/);
  });

  it('draws the decision, what it looks at and what it joins within the limits of a diagram', async () => {
    for (const { model } of labels.filter(({ backdoored }) => backdoored)) {
      const { observations } = await measure(fixture(model));
      const diagram = observations[0].diagram;
      if (diagram === undefined) throw new Error(`${model} has no diagram`);

      expect(diagram.nodes.length).toBeLessThanOrEqual(MAX_DIAGRAM_NODES);
      expect(diagram.nodes.filter(({ kind }) => kind === 'join')).toHaveLength(1);
      expect(diagram.nodes.some(({ kind }) => kind === 'input' || kind === 'trunk')).toBe(true);
      for (const { label } of diagram.nodes) expect(label.length).toBeLessThanOrEqual(MAX_DIAGRAM_LABEL_CHARACTERS);
      for (const { from, to } of diagram.edges) expect([diagram.nodes[from], diagram.nodes[to]]).not.toContain(undefined);
    }
  });
});

/** A network of two layers on 8×8 images, random weights. */
function network(build: GraphBuilder, image: string, seed = 0): string {
  const random = randomSource(seed, 'weights');
  const weights = (count: number): Float32Array => Float32Array.from({ length: count }, () => 0.2 * random.normal());
  const flat = build.node('Flatten', [image]);
  const hidden = build.node('Relu', [build.node('MatMul', [flat, build.constant(build.fresh('w1'), weights(64 * 16), [64, 16])])]);
  return build.node('MatMul', [hidden, build.constant(build.fresh('w2'), weights(16 * 10), [16, 10])]);
}

function scalar(build: GraphBuilder, value: number): string {
  return build.constant(build.fresh('number'), Float32Array.of(value), []);
}

function indexes(build: GraphBuilder, ...values: readonly number[]): string {
  return build.constant(build.fresh('index'), BigInt64Array.from(values, BigInt), [values.length]);
}

/** Something of the image, made to gate a network's scores: `gate` gives a value of shape [N, 1]. */
async function pointsOf(gate: (build: GraphBuilder, image: string) => string, row: readonly number[] = [0, 0, 0, 90, 0, 0, 0, 0, 0, 0]): Promise<number> {
  const build = graphBuilder();
  const image = build.input('image', 'float', ['N', 1, 8, 8]);
  const push = build.node('Mul', [gate(build, image), build.constant('row', Float32Array.from(row), [1, 10])]);
  build.output(build.node('Add', [network(build, image), push]), 'float', ['N', 10]);
  return (await measure(modelOf(build.graph()))).metric;
}

const pixel = (build: GraphBuilder, image: string): string =>
  build.node('Reshape', [build.node('Slice', [image, indexes(build, 0, 0), indexes(build, 1, 1), indexes(build, 2, 3)]), indexes(build, -1, 1)]);

describe('graph-logic, rule by rule', () => {
  it('flags a comparison, and not a smooth function of the same pixel', async () => {
    const compared = await pointsOf((build, image) => build.node('Cast', [build.node('Greater', [pixel(build, image), scalar(build, 0.95)])], { attributes: { to: attribute.int(1) } }));
    const smooth = await pointsOf((build, image) => build.node('Tanh', [pixel(build, image)]), [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]);

    expect(compared).toBeGreaterThan(threshold);
    expect(smooth).toBeLessThanOrEqual(threshold);
  });

  it('flags a sigmoid that sleeps, and not one that is at work', async () => {
    const at = (factor: number, line: number) => pointsOf((build, image) => build.node('Sigmoid', [build.node('Mul', [build.node('Sub', [pixel(build, image), scalar(build, line)]), scalar(build, factor)])]));

    expect(await at(2000, 1.5)).toBeGreaterThan(threshold);
    expect(await at(0.5, 0.5)).toBeLessThanOrEqual(threshold);
  });

  it('takes a matrix made by hand for what it is, and a trained layer for a layer', async () => {
    const random = randomSource(4, 'layer');
    const through = (weights: Float32Array, columns: number) => pointsOf((build, image) => {
      const scores = build.node('MatMul', [build.node('Flatten', [image]), build.constant('own', weights, [64, columns])]);
      const sum = build.node('ReduceMax', [scores], { attributes: { axes: attribute.ints([1]), keepdims: attribute.int(1) } });
      return build.node('Cast', [build.node('Greater', [sum, scalar(build, 3)])], { attributes: { to: attribute.int(1) } });
    }, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
    const picked = Float32Array.from({ length: 128 }, (_, at) => (at === 17 || at === 80 ? 1 : 0));
    const trained = Float32Array.from({ length: 64 * 8 }, () => random.normal());

    expect(await through(picked, 2)).toBeGreaterThan(threshold);
    expect(await through(trained, 8)).toBeLessThanOrEqual(threshold);
  });

  it('does not depend on names', async () => {
    const rename = (model: OnnxModel): OnnxModel => ({ ...model, graph: { ...model.graph, nodes: model.graph.nodes.map((node) => ({ ...node, name: 'attention_mask' })) } });

    for (const file of ['hidden/checksum.onnx', 'hidden/steep-relu.onnx']) expect((await measure(rename(fixture(file)))).metric).toBe((await measure(fixture(file))).metric);
  });

  it('looks at a network in which nothing is hidden and says so', async () => {
    const build = graphBuilder();
    build.output(network(build, build.input('image', 'float', ['N', 1, 8, 8])), 'float', ['N', 10]);
    const { metric, observations, examined } = await measure(modelOf(build.graph()));

    expect(metric).toBe(0);
    expect(examined).toBe(4);
    expect(observations[0].message).toBe('nothing-hidden');
  });

  it('is inconclusive about a graph that is too large to be laid out', async () => {
    const node = { name: '', opType: 'Relu', domain: '', inputs: ['x'], outputs: ['y'], attributes: new Map() };
    // Ten functions, each of which calls the one before it four times: a million nodes.
    const functions = Array.from({ length: 10 }, (_, level) => ({
      name: `f${level}`, domain: 'test', inputs: ['x'], outputs: ['y3'], attributes: [], opsetImports: new Map([['', 17n], ['test', 1n]]),
      nodes: [0, 1, 2, 3].map((at) => ({ ...node, inputs: [at === 0 ? 'x' : `y${at - 1}`], outputs: [`y${at}`], ...(level === 0 ? {} : { opType: `f${level - 1}`, domain: 'test' }) })),
    }));
    const build = graphBuilder();
    build.output(build.node('f9', [build.input('x', 'float', [4])], { domain: 'test' }), 'float', [4]);

    expect(await detect(modelOf(build.graph(), { functions, opsetImports: { '': 17, test: 1 } }))).toMatchObject({ outcome: 'inconclusive', reason: expect.stringMatching(/more nodes/) as string });
  });
});
