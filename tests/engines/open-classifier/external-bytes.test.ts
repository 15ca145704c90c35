import { describe, expect, it } from 'vitest';
import { memorySource } from '../../../src/artifacts/memory-source.ts';
import { createEngine } from '../../../src/engines/create-engine.ts';
import { openClassifier } from '../../../src/engines/open-classifier.ts';
import { externalBytes } from '../../../src/engines/open-classifier/external-bytes.ts';
import type { OnnxGraph, OnnxTensor } from '../../../src/onnx/onnx-model.ts';
import { node, tinyGraph, value } from '../tiny-graph.ts';

const FILE = new Uint8Array(Float32Array.of(99, 10, 20).buffer);

function external(name: string, path: string): OnnxTensor {
  return { name, dataType: 'float', dims: [2], raw: { source: memorySource(FILE), range: { offset: 4, length: 8 }, location: 'external', path } };
}

describe('externalBytes', () => {
  it('finds the files of initialisers, constants and subgraphs, each once', async () => {
    const branch: OnnxGraph = {
      name: 'branch', nodes: [], initializers: [external('deep', 'c.bin')], sparseInitializers: [], inputs: [], outputs: [value('deep', 'float', [2])], valueInfo: [],
    };
    const graph = await tinyGraph({
      inputs: [],
      outputs: [],
      initializers: [external('w', 'a.bin'), external('v', 'a.bin')],
      nodes: [
        node('Constant', [], ['k'], { value: { type: 'tensor', value: external('', 'b.bin') } }),
        node('If', ['condition'], ['out'], { then_branch: { type: 'graph', value: branch }, else_branch: { type: 'graph', value: branch } }),
      ],
    });

    expect(await externalBytes(graph.model)).toEqual(['a.bin', 'b.bin', 'c.bin'].map((path) => ({ path, data: FILE })));
  });

  it('lets a classifier run whose weights lie in another file', async () => {
    const graph = await tinyGraph({
      inputs: [value('x', 'float', ['N', 1, 1, 2])],
      outputs: [value('y', 'float', ['N', 2])],
      initializers: [external('w', 'weights.bin')],
      nodes: [node('Flatten', ['x'], ['flat']), node('Mul', ['flat', 'w'], ['y'])],
    });
    const classifier = await openClassifier({
      graph,
      description: {
        input: { name: 'x', kind: 'image', layout: 'nchw', channels: 1, height: 1, width: 2, batch: undefined, elementType: 'float' },
        output: { name: 'y', kind: 'logits', classCount: 2, batchFirst: true, isGraphOutput: true },
      },
      input: {
        kind: 'image', layout: 'nchw', channels: 1, height: 1, width: 2, range: [0, 1], mean: [0], std: [1],
        origin: { layout: 'graph', size: 'graph', range: 'default', normalization: 'default' },
      },
      engine: await createEngine({ preference: 'auto', threads: 1 }),
    });

    expect(await classifier.logits(Float32Array.of(0.5, 1), 1)).toEqual(Float32Array.of(5, 20));
    expect((await classifier.activations(Float32Array.of(0.5, 1), 1, ['flat'])).get('flat')?.data).toEqual(Float32Array.of(0.5, 1));
  });
});
