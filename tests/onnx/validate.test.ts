import { describe, expect, it } from 'vitest';
import { attribute, graphBuilder, modelOf } from '../../src/onnx/build.ts';
import type { OnnxFunction, OnnxGraph, OnnxModel, OnnxNode } from '../../src/onnx/onnx-model.ts';
import { validateOnnxModel } from '../../src/onnx/validate.ts';

const DOMAIN = 'com.example';

function node(opType: string, inputs: readonly string[], outputs: readonly string[], attributes: OnnxNode['attributes'] = new Map()): OnnxNode {
  return { name: '', opType, domain: DOMAIN, inputs, outputs, attributes };
}

function functionOf(name: string, nodes: readonly OnnxNode[]): OnnxFunction {
  return { name, domain: DOMAIN, inputs: ['x'], outputs: ['y'], attributes: [], nodes, opsetImports: new Map([[DOMAIN, 1n]]) };
}

function modelWith(nodes: readonly OnnxNode[], functions: readonly OnnxFunction[] = []): OnnxModel {
  const graph = graphBuilder();
  graph.input('input', 'float');
  graph.output('output');
  return {
    ...modelOf({ ...graph.graph(), nodes: [node('Leaf', ['input'], ['output'])] }, { opsetImports: { '': 17, [DOMAIN]: 1 } }),
    graph: { ...graph.graph(), nodes },
    functions,
  };
}

function graphOf(nodes: readonly OnnxNode[], outputs: readonly string[]): OnnxGraph {
  return { ...graphBuilder().graph(), nodes, outputs: outputs.map((name) => ({ name, type: { kind: 'unknown' } })) };
}

function codeOf(model: OnnxModel, limits?: { readonly expandedNodes: number }): string | undefined {
  try {
    validateOnnxModel(model, limits);
    return undefined;
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe('the scope of names', () => {
  it('of a subgraph holds the names around it that are defined by then', () => {
    const seesOuter = graphOf([node('Leaf', ['input'], ['inner'])], ['inner']);
    const seesLater = graphOf([node('Leaf', ['output'], ['inner'])], ['inner']);

    expect(codeOf(modelWith([node('If', ['input'], ['output'], new Map([['then', attribute.graph(seesOuter)]]))]))).toBeUndefined();
    expect(codeOf(modelWith([node('If', ['input'], ['output'], new Map([['then', attribute.graph(seesLater)]]))]))).toBe('format/malformed');
  });

  it('of a graph does not hold the names of its subgraphs', () => {
    const branch = graphOf([node('Leaf', ['input'], ['inner'])], ['inner']);
    const nodes = [node('If', ['input'], ['chosen'], new Map([['then', attribute.graph(branch)]])), node('Leaf', ['inner'], ['output'])];

    expect(codeOf(modelWith(nodes))).toBe('format/malformed');
  });

  it('of a function holds its inputs only', () => {
    const reachesOut = functionOf('F', [node('Leaf', ['input'], ['y'])]);

    expect(codeOf(modelWith([node('F', ['input'], ['output'])], [reachesOut]))).toBe('format/malformed');
  });

  it('lets an optional input be left out', () => {
    expect(codeOf(modelWith([node('Leaf', ['', 'input'], ['output', ''])]))).toBeUndefined();
  });
});

describe('functions', () => {
  const chain = (length: number, calls: number): readonly OnnxFunction[] =>
    Array.from({ length }, (_, level) => {
      const callee = level === 0 ? 'Leaf' : `F${level - 1}`;
      return functionOf(`F${level}`, Array.from({ length: calls }, (_, at) => node(callee, [at === 0 ? 'x' : `v${at}`], [at === calls - 1 ? 'y' : `v${at + 1}`])));
    });

  it('may call each other', () => {
    expect(codeOf(modelWith([node('F9', ['input'], ['output'])], chain(10, 2)))).toBeUndefined();
  });

  it('are refused when inlining them would not end in memory', () => {
    expect(codeOf(modelWith([node('F39', ['input'], ['output'])], chain(40, 2)))).toBe('format/limit-exceeded');
    expect(codeOf(modelWith([node('F3', ['input'], ['output'])], chain(4, 10)), { expandedNodes: 9999 })).toBe('format/limit-exceeded');
  });

  it('are refused when they call each other in a circle, also through a subgraph', () => {
    const branch = graphOf([node('A', ['x'], ['inner'])], ['inner']);
    const through = functionOf('A', [node('If', ['x'], ['y'], new Map([['then', attribute.graph(branch)]]))]);

    expect(codeOf(modelWith([node('A', ['input'], ['output'])], [through]))).toBe('format/malformed');
  });

  it('in a chain of thousands overflow no stack, whatever their order in the file', () => {
    const long = chain(5000, 1);

    for (const functions of [long, long.toReversed()]) expect(codeOf(modelWith([node('Leaf', ['input'], ['output'])], functions))).toBe('format/limit-exceeded');
    expect(codeOf(modelWith([node('F63', ['input'], ['output'])], chain(64, 1)))).toBeUndefined();
    expect(codeOf(modelWith([node('F64', ['input'], ['output'])], chain(65, 1)))).toBe('format/limit-exceeded');
  });

  it('are refused when they only call each other and hold no node', () => {
    const empty = { ...functionOf('F0', []), outputs: ['x'] };

    expect(codeOf(modelWith([node('F39', ['input'], ['output'])], [empty, ...chain(40, 2).slice(1)]))).toBe('format/limit-exceeded');
  });

  it('at the deepest calls inside the deepest subgraphs overflow no stack', () => {
    const deep = chain(64, 1).map((body, level) => {
      if (level === 0) return body;
      let graph = graphOf([node(`F${level - 1}`, ['x'], ['inner'])], ['inner']);
      for (let nesting = 0; nesting < 30; nesting++) graph = graphOf([node('If', ['x'], ['inner'], new Map([['then', attribute.graph(graph)]]))], ['inner']);
      return { ...body, nodes: [node('If', ['x'], ['y'], new Map([['then', attribute.graph(graph)]]))] };
    });

    expect(codeOf(modelWith([node('F63', ['input'], ['output'])], deep.toReversed()))).toBeUndefined();
  });

  it('may refer to their own attributes and to no others', () => {
    const body = { ...functionOf('F', [node('Leaf', ['x'], ['y'], new Map([['a', attribute.reference('alpha')]]))]), attributes: ['alpha'] };
    const call = [node('F', ['input'], ['output'])];

    expect(codeOf(modelWith(call, [body]))).toBeUndefined();
    expect(codeOf(modelWith(call, [{ ...body, attributes: ['beta'] }]))).toBe('format/malformed');
    expect(codeOf(modelWith(call, [{ ...body, attributes: [], attributeDefaults: new Map([['alpha', attribute.int(1)]]) }]))).toBeUndefined();
  });

  it('use the model’s operator sets where they import none of their own', () => {
    const body = { ...functionOf('F', [node('Leaf', ['x'], ['y'])]), opsetImports: new Map<string, bigint>() };

    expect(codeOf(modelWith([node('F', ['input'], ['output'])], [body]))).toBeUndefined();
  });
});
