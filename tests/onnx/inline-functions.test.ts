import { describe, expect, it } from 'vitest';
import { attribute, graphBuilder, modelOf } from '../../src/onnx/build.ts';
import { inlineFunctions } from '../../src/onnx/inline-functions.ts';
import type { OnnxFunction, OnnxNode } from '../../src/onnx/onnx-model.ts';
import { validateOnnxModel } from '../../src/onnx/validate.ts';
import { acceptFixtures, fixtureModel } from './onnx-fixtures.ts';

const DOMAIN = 'com.example';

function node(opType: string, inputs: readonly string[], outputs: readonly string[], attributes: OnnxNode['attributes'] = new Map(), domain = ''): OnnxNode {
  return { name: '', opType, domain, inputs, outputs, attributes };
}

describe('inlining functions', () => {
  it('leaves a valid graph without calls', () => {
    const fixture = acceptFixtures.find(({ name }) => name === 'functions');
    if (fixture === undefined) throw new Error('fixture is missing');
    const flat = inlineFunctions(fixtureModel(fixture));

    validateOnnxModel(flat);
    expect(flat.graph.nodes.map(({ opType }) => opType)).toEqual(['MatMul', 'Add', 'Constant', 'Mul']);
    expect(flat.graph.nodes.at(-1)?.outputs).toEqual(['logits']);
  });

  it('binds attributes of the call, then defaults, and leaves out what neither gives', () => {
    const body: OnnxFunction = {
      name: 'F', domain: DOMAIN, inputs: ['x'], outputs: ['y'], attributes: ['given', 'absent'], attributeDefaults: new Map([['usual', attribute.int(3)]]),
      nodes: [node('Op', ['x'], ['y'], new Map([['a', attribute.reference('given')], ['b', attribute.reference('usual')], ['c', attribute.reference('absent')]]))],
      opsetImports: new Map([['', 17n]]),
    };
    const graph = graphBuilder();
    const x = graph.input('x', 'float');
    graph.node('F', [x], { domain: DOMAIN, outputs: ['out'], attributes: { given: attribute.int(1) } });
    graph.output('out');
    const flat = inlineFunctions(modelOf(graph.graph(), { opsetImports: { '': 17, [DOMAIN]: 1 }, functions: [body] }));

    expect(flat.graph.nodes[0]?.attributes).toEqual(new Map([['a', attribute.int(1)], ['b', attribute.int(3)]]));
  });

  it('renames what subgraphs of a body see and keeps what they define', () => {
    const branch = graphBuilder();
    branch.output(branch.node('Add', ['hidden', 'own'], { outputs: ['sum'] }));
    branch.constant('own', Float32Array.of(1), []);
    const body: OnnxFunction = {
      name: 'F', domain: DOMAIN, inputs: ['x'], outputs: ['y'], attributes: [],
      nodes: [node('Relu', ['x'], ['hidden']), node('If', ['x'], ['y'], new Map([['then_branch', attribute.graph(branch.graph())]]))],
      opsetImports: new Map([['', 17n]]),
    };
    const graph = graphBuilder();
    const x = graph.input('x', 'float');
    const once = graph.node('F', [x], { domain: DOMAIN });
    graph.output(graph.node('F', [once], { domain: DOMAIN }));
    const flat = inlineFunctions(modelOf(graph.graph(), { opsetImports: { '': 17, [DOMAIN]: 1 }, functions: [body] }));

    validateOnnxModel(flat);
    expect(new Set(flat.graph.nodes.flatMap(({ outputs }) => outputs)).size).toBe(4);
  });

  it('keeps the value of a function that hands out its input', () => {
    const body: OnnxFunction = { name: 'F', domain: DOMAIN, inputs: ['x'], outputs: ['x'], attributes: [], nodes: [], opsetImports: new Map([['', 17n]]) };
    const graph = graphBuilder();
    const x = graph.input('x', 'float');
    graph.output(graph.node('F', [x], { domain: DOMAIN, outputs: ['y'] }));
    const flat = inlineFunctions(modelOf(graph.graph(), { opsetImports: { '': 17, [DOMAIN]: 1 }, functions: [body] }));

    validateOnnxModel(flat);
    expect(flat.graph.nodes).toMatchObject([{ opType: 'Identity', inputs: ['x'], outputs: ['y'] }]);
  });
});
