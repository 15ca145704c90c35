import { describe, expect, it } from 'vitest';
import { attribute, graphBuilder, modelOf } from '../../src/onnx/build.ts';
import { FLAT_DOMAIN, flattenGraph, type FlatGraph } from '../../src/onnx/flatten-graph.ts';
import type { OnnxGraph, OnnxModel } from '../../src/onnx/onnx-model.ts';

function flat(model: OnnxModel): FlatGraph {
  const graph = flattenGraph(model);
  if (graph === undefined) throw new Error('too large');
  return graph;
}

/** The operators that a value is made of, from the input on. */
function ancestry(graph: FlatGraph, id: number): Set<string> {
  const node = graph.values[id]?.producer;
  return new Set(node === undefined ? [] : [node.opType, ...node.inputs.flatMap((input) => (input === undefined ? [] : [...ancestry(graph, input)]))]);
}

const branch = (opType: string, output: string): OnnxGraph => {
  const build = graphBuilder();
  build.node(opType, ['x'], { outputs: [output] });
  build.output(output, 'float', [2]);
  return build.graph(opType);
};

describe('flattenGraph', () => {
  it('replaces functions by their bodies, with the attributes of the call', () => {
    const body = { name: 'Leaky', domain: 'test', inputs: ['a'], outputs: ['b'], attributes: ['slope'], opsetImports: new Map([['', 17n]]), nodes: [{ name: 'inner', opType: 'LeakyRelu', domain: '', inputs: ['a'], outputs: ['b'], attributes: new Map([['alpha', attribute.reference('slope')]]) }] };
    const build = graphBuilder();
    build.output(build.node('Leaky', [build.input('x', 'float', [2])], { domain: 'test', name: 'call', attributes: { slope: attribute.float(0.5) } }), 'float', [2]);
    const graph = flat(modelOf(build.graph(), { functions: [body], opsetImports: { '': 17, test: 1 } }));

    expect(graph.nodes.map(({ name, opType }) => [name, opType])).toEqual([['call/inner', 'LeakyRelu']]);
    expect(graph.nodes[0]?.attributes.get('alpha')).toMatchObject({ type: 'float', value: 0.5 });
    expect(graph.nodes[0]?.outputs).toEqual(graph.outputs);
  });

  it('lays both branches of an If beside their choice', () => {
    const build = graphBuilder();
    build.input('x', 'float', [2]);
    const condition = build.input('condition', 'bool', []);
    build.output(build.node('If', [condition], { attributes: { then_branch: attribute.graph(branch('Relu', 't')), else_branch: attribute.graph(branch('Tanh', 'e')) } }), 'float', [2]);
    const graph = flat(modelOf(build.graph()));
    const choice = graph.nodes.at(-1);

    expect(choice).toMatchObject({ opType: 'Choose', domain: FLAT_DOMAIN });
    expect(choice?.inputs.slice(1).map((id) => graph.values[id ?? -1]?.producer?.opType)).toEqual(['Relu', 'Tanh']);
  });

  it('lets what the first round of a loop leaves behind reach the second', () => {
    const body = graphBuilder();
    body.input('i', 'int64', []);
    body.input('go', 'bool', []);
    body.input('a', 'float', [2]);
    body.input('b', 'float', [2]);
    body.node('Identity', ['go'], { outputs: ['go_on'] });
    body.node('Sin', ['x'], { outputs: ['a_next'] });
    body.node('Tanh', ['a'], { outputs: ['b_next'] });
    for (const name of ['go_on', 'a_next', 'b_next']) body.output(name);
    const build = graphBuilder();
    const x = build.input('x', 'float', [2]);
    const trips = build.constant('trips', BigInt64Array.of(2n), []);
    build.node('Loop', [trips, '', x, x], { outputs: ['a_end', 'b_end'], attributes: { body: attribute.graph(body.graph('body')) } });
    build.output('b_end', 'float', [2]);
    const graph = flat(modelOf(build.graph()));

    // b depends on sin(x) through a, which is so after two rounds only.
    expect(ancestry(graph, graph.outputs[0] ?? -1)).toContain('Sin');
  });

  it('gives a Scan its states and one step of each sequence', () => {
    const body = graphBuilder();
    body.input('state', 'float', [2]);
    body.input('step', 'float', [2]);
    body.node('Add', ['state', 'step'], { outputs: ['after'] });
    body.node('Relu', ['after'], { outputs: ['seen'] });
    body.output('after');
    body.output('seen');
    const build = graphBuilder();
    const state = build.input('s', 'float', [2]);
    const sequence = build.input('x', 'float', [5, 2]);
    build.node('Scan', [state, sequence], { outputs: ['end', 'all'], attributes: { body: attribute.graph(body.graph('body')), num_scan_inputs: attribute.int(1) } });
    build.output('end');
    build.output('all');
    const graph = flat(modelOf(build.graph()));

    expect([...ancestry(graph, graph.outputs[0] ?? -1)].sort()).toEqual(['Add', 'Slice1']);
    expect([...ancestry(graph, graph.outputs[1] ?? -1)].sort()).toEqual(['Add', 'Relu', 'Slice1', 'Stack']);
  });

  it('takes an initializer that is an input as well for the constant it is', () => {
    const build = graphBuilder();
    const x = build.input('x', 'float', [2]);
    build.input('w', 'float', [2]);
    build.constant('w', Float32Array.of(1, 2), [2]);
    build.output(build.node('Add', [x, 'w']), 'float', [2]);
    const graph = flat(modelOf(build.graph()));

    expect(graph.inputs.map((id) => graph.values[id]?.name)).toEqual(['x']);
  });
});
