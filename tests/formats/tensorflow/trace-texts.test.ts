import { describe, expect, it } from 'vitest';
import { textField, lengthDelimited, intField, joinBytes } from '../../../src/onnx/wire-writer.ts';
import { graphBudget, readNode, type GraphNode, type GraphScope } from '../../../src/formats/tensorflow/read-graph.ts';
import { textTracer } from '../../../src/formats/tensorflow/trace-texts.ts';

function node(name: string, op: string, inputs: readonly string[] = [], texts: readonly string[] = []): GraphNode {
  const tensor = joinBytes([intField(1, 7), ...texts.map((text) => textField(8, text))]);
  const value = texts.length === 0 ? [] : [lengthDelimited(5, [textField(1, 'value'), lengthDelimited(2, [lengthDelimited(8, [tensor])])])];
  const bytes = joinBytes([textField(1, name), textField(2, op), ...inputs.map((input) => textField(3, input)), ...value]);
  return readNode({ bytes, start: 0, end: bytes.byteLength }, graphBudget());
}

const scopeOf = (...nodes: readonly GraphNode[]): GraphScope => ({ parameters: [], results: [], nodes });
const traced = (scope: GraphScope, ...inputs: readonly string[]) => {
  const trace = textTracer([scope], { assets: new Map(), captured: new Map() });
  return inputs.map((input) => trace(scope, input));
};

describe('textTracer', () => {
  it('puts joined texts together, with all alternatives of each', () => {
    const scope = scopeOf(node('a', 'Const', [], ['/tmp', '/srv']), node('b', 'Placeholder'), node('c', 'Const', [], ['x']), node('j', 'StringJoin', ['a', 'b', 'c']));

    expect(traced(scope, 'j')).toEqual([{ texts: ['/tmp{b}x', '/srv{b}x'], computedBy: ['argument'] }]);
  });

  it('gives the same answer for every place of a loop, whichever is asked for first', () => {
    const scope = scopeOf(node('a', 'Merge', ['b', 'd']), node('b', 'Identity', ['c']), node('c', 'Merge', ['a', 'e']), node('d', 'Const', [], ['one']), node('e', 'Const', [], ['two']));
    const [first, second, third] = traced(scope, 'a', 'b', 'c');

    for (const found of [first, second, third]) expect([...(found?.texts ?? [])].sort()).toEqual(['one', 'two']);
  });

  it('says of more alternatives than it keeps that they are many', () => {
    const scope = scopeOf(node('a', 'Const', [], Array.from({ length: 100 }, (_, index) => `file ${String(index)}`)));

    expect(traced(scope, 'a')[0]).toMatchObject({ computedBy: ['a choice of many'] });
  });

  it('says of a chain that is too long that it was computed', () => {
    const nodes = Array.from({ length: 5000 }, (_, index) => node(`n${String(index)}`, 'Identity', [`n${String(index + 1)}`]));
    const scope = scopeOf(...nodes, node('n5000', 'Const', [], ['/etc/hostname']));

    expect(traced(scope, 'n0')[0]?.computedBy).toEqual(['a long computation']);
  });

  it('takes time that grows with the graph and not with its paths', () => {
    // Every node is reached from the one before twice: two to the power of sixty paths.
    const nodes = Array.from({ length: 60 }, (_, index) => node(`n${String(index)}`, 'Select', ['c', `n${String(index + 1)}`, `n${String(index + 1)}`]));
    const scope = scopeOf(...nodes, node('n60', 'Const', [], ['end']));

    expect(traced(scope, 'n0')).toEqual([{ texts: ['end'], computedBy: [] }]);
  });
});
