import { describe, expect, it } from 'vitest';
import { attribute, graphBuilder, modelOf, tensorOf } from '../../src/onnx/build.ts';
import { functionKey, tensorsOf } from '../../src/onnx/walk.ts';
import { acceptFixtures, fixtureModel } from './onnx-fixtures.ts';

function namesIn(fixtureName: string): string[] {
  const fixture = acceptFixtures.find(({ name }) => name === fixtureName);
  if (fixture === undefined) throw new Error('fixture is missing');
  return [...tensorsOf(fixtureModel(fixture))].map(({ name }) => name);
}

describe('the tensors of a model', () => {
  it('are those of the graph, its subgraphs and its attributes, under names that say where', () => {
    expect(namesIn('subgraphs')).toEqual(['flag', 'trips', 'outer', 'zero', 'branched/then_branch/bias']);
    expect(namesIn('sparse')).toEqual(['sparse', 'sparse.indices', 'c/0.values', 'c/0.indices']);
    expect(namesIn('attributes')).toEqual(['output/t', 'output/tensors/0', 'output/tensors/1', 'output/graphs/bias']);
  });

  it('are those of functions as well', () => {
    const graph = graphBuilder();
    const x = graph.input('x', 'float');
    graph.output(graph.node('F', [x], { domain: 'd' }));
    const constant = { name: '', opType: 'Constant', domain: '', inputs: [], outputs: ['c'], attributes: new Map([['value', attribute.tensor(tensorOf('', Float32Array.of(1), []))]]) };
    const body = {
      name: 'F', domain: 'd', inputs: ['x'], outputs: ['y'], attributes: [], opsetImports: new Map([['', 17n]]),
      nodes: [constant, { ...constant, opType: 'Add', inputs: ['x', 'c'], outputs: ['y'], attributes: new Map() }],
    };

    expect([...tensorsOf(modelOf(graph.graph(), { opsetImports: { '': 17, d: 1 }, functions: [body] }))].map(({ name }) => name)).toEqual(['d.F::c']);
  });

  it('have names of bounded length, however deep and long-named the graphs are', () => {
    let inner = graphBuilder();
    inner.output(inner.constant('w', Float32Array.of(1), []));
    for (let level = 0; level < 20; level++) {
      const outer = graphBuilder();
      outer.output(outer.node('Loop', [], { name: 'n'.repeat(60_000), attributes: { body: attribute.graph(inner.graph()) } }));
      inner = outer;
    }
    const [only] = [...tensorsOf(modelOf(inner.graph()))];

    expect(only?.name.length).toBeLessThan(1000);
  });
});

describe('the key of a function', () => {
  it('cannot be forged by a name that holds another’s parts', () => {
    expect(functionKey('a', 'b","c', undefined)).not.toBe(functionKey('a', 'b', 'c'));
    expect(functionKey('a', 'b', undefined)).toBe(functionKey('a', 'b', ''));
  });
});
