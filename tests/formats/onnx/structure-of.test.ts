import { describe, expect, it } from 'vitest';
import { structureOf } from '../../../src/formats/onnx/structure-of.ts';
import type { OnnxAttribute, OnnxModel, OnnxNode } from '../../../src/onnx/onnx-model.ts';

const node = (domain: string, opType: string, rest: Partial<OnnxNode> = {}): OnnxNode => ({ name: '', opType, domain, inputs: [], outputs: [], attributes: new Map(), ...rest });

function model(nodes: readonly OnnxNode[], rest: Partial<OnnxModel> = {}): OnnxModel {
  return {
    irVersion: 9n, producerName: 'pytorch', producerVersion: '2.5', domain: '', modelVersion: 0n, opsetImports: new Map([['', 17n]]),
    graph: { name: 'g', nodes, initializers: [], sparseInitializers: [], inputs: [], outputs: [], valueInfo: [] },
    functions: [], metadata: new Map(), ...rest,
  };
}

const odd = (one: OnnxModel) => structureOf(one).oddities.map(({ kind, place }) => [kind, place]);

describe('structure of an ONNX model', () => {
  it('names operators of other domains, also in subgraphs and functions, once each', () => {
    const inner = { ...model([node('com.example', 'Inner')]).graph };
    const nodes = [node('com.example', 'Op'), node('com.example', 'Op'), node('', 'If', { attributes: new Map([['then_branch', { type: 'graph', value: inner }]]) })];
    const body = { name: 'F', domain: 'own', inputs: [], outputs: [], attributes: [], nodes: [node('com.other', 'Deep')], opsetImports: new Map() };

    expect(odd(model(nodes, { functions: [body] }))).toEqual([['custom-operator', 'com.example:Op'], ['custom-operator', 'com.example:Inner'], ['custom-operator', 'com.other:Deep']]);
  });

  it('tells operators that run Python, also in a domain that is known', () => {
    expect(odd(model([node('com.microsoft', 'PythonOp'), node('ai.onnx.contrib', 'PyOp')]))).toEqual([['python-operator', 'com.microsoft:PythonOp'], ['python-operator', 'ai.onnx.contrib:PyOp']]);
  });

  it.each(['', 'ai.onnx.ml', 'com.microsoft', 'com.microsoft.nchwc'])('is quiet about the domain "%s" and the model’s own functions', (domain) => {
    const body = { name: 'F', domain: 'own', inputs: [], outputs: [], attributes: [], nodes: [], opsetImports: new Map() };

    expect(odd(model([node(domain, 'Anything'), node('own', 'F')], { functions: [body] }))).toEqual([]);
  });

  it('tells files that a compiled part of the graph is kept in, and that a provider loads', () => {
    const context = (path: string, mode: bigint | undefined) => node('com.microsoft', 'EPContext', {
      attributes: new Map<string, OnnxAttribute>([['ep_cache_context', { type: 'string', value: Buffer.from(path) }], ...(mode === undefined ? [] : [['embed_mode', { type: 'int', value: mode }] as const])]),
    });

    expect(odd(model([context('/var/tmp/engine.bin', 0n), context('../engine.bin', 0n), context('engine.bin', 0n)]))).toEqual([
      ['escaping-path', 'compiled part of the graph'], ['escaping-path', 'compiled part of the graph'], ['external-path', 'compiled part of the graph'],
    ]);
    expect(odd(model([context('/the content itself', 1n), context('/the content itself', undefined)]))).toEqual([]);
  });

  it('reads what the metadata hold', () => {
    expect(odd(model([], { metadata: new Map([['x', '#!/bin/sh\n']]), docString: 'from https://example.invalid/repo' }))).toEqual([
      ['embedded-script', 'metadata "x"'], ['network-address', 'the description of the model'],
    ]);
  });
});
