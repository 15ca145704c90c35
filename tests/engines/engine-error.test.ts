import { describe, expect, it } from 'vitest';
import { engineError } from '../../src/engines/engine-error.ts';
import { GateError } from '../../src/errors.ts';

describe('engineError', () => {
  it.each([
    ["Can't create a session. ERROR_CODE: 7, ERROR_MESSAGE: Failed to load model.", 'Failed to load model.'],
    ['/onnxruntime_src/onnxruntime/core/graph/graph.cc:1415 void onnxruntime::Graph::Run() Bad graph.', 'void onnxruntime::Graph::Run() Bad graph.'],
    ['Got invalid dimensions for input: x\n index: 2 Got: 27 Expected: 28\n', 'Got invalid dimensions for input: x index: 2 Got: 27 Expected: 28'],
    ['red \u001b[31malert\u001b[0m', 'red [31malert [0m'],
    ['', 'The engine gave no reason.'],
  ])('says %j in one clean line', (message, expected) => {
    expect(engineError('engine/failed', new Error(message)).message).toBe(expected);
  });

  it('cuts what an artifact made long', () => {
    expect(engineError('engine/rejected', new Error('x'.repeat(10_000))).message).toHaveLength(300);
  });

  it('lets an error of ours through as it is', () => {
    const ours = new GateError({ code: 'format/unsupported', message: 'no' });

    expect(engineError('engine/failed', ours)).toBe(ours);
  });
});
