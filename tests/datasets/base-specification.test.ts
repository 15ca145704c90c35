import { describe, expect, it } from 'vitest';
import { baseSpecification } from '../../src/datasets/base-specification.ts';
import type { InputDescription } from '../../src/datasets/fit-input/input-description.ts';

const DESCRIPTION: InputDescription = {
  kind: 'image', layout: 'nchw', channels: 3, height: 32, width: 32, integer: false, normalizes: false, classCount: 10,
};

describe('baseSpecification', () => {
  it('takes the graph’s layout and size and pixels as they are', () => {
    expect(baseSpecification(DESCRIPTION, {}, 'none')).toEqual({
      kind: 'image', layout: 'nchw', channels: 3, height: 32, width: 32, range: [0, 1], mean: [0, 0, 0], std: [1, 1, 1],
      origin: { layout: 'graph', size: 'graph', range: 'default', normalization: 'default' },
    });
  });

  it('takes what the policy says and remembers who said it', () => {
    const open = { ...DESCRIPTION, height: undefined, width: undefined };
    const found = baseSpecification(open, { input: { layout: 'nhwc', size: [48, 64], range: [-1, 1], mean: [0.1], std: [0.2, 0.3, 0.4] } }, 'sidecar');

    expect(found).toMatchObject({ layout: 'nhwc', height: 48, width: 64, range: [-1, 1], mean: [0.1, 0.1, 0.1], std: [0.2, 0.3, 0.4] });
    expect(found.origin).toEqual({ layout: 'sidecar', size: 'sidecar', range: 'sidecar', normalization: 'sidecar' });
  });

  it('feeds integer inputs with 0 to 255', () => {
    const found = baseSpecification({ ...DESCRIPTION, integer: true }, {}, 'none');

    expect(found.range).toEqual([0, 255]);
    expect(found.origin).toMatchObject({ range: 'graph', normalization: 'graph' });
  });

  it('reads a mean beyond 2 as one for pixels from 0 to 255', () => {
    expect(baseSpecification(DESCRIPTION, { input: { mean: [123.7, 116.8, 103.9] } }, 'policy').range).toEqual([0, 255]);
  });

  it('lays an image out in a vector when the policy says which', () => {
    const vector: InputDescription = { ...DESCRIPTION, kind: 'vector', layout: 'flat', channels: 1, height: 1, width: 784 };

    const found = baseSpecification(vector, { input: { size: [28, 28] } }, 'policy');

    expect(found).toMatchObject({ kind: 'image', layout: 'flat', channels: 1, height: 28, width: 28 });
    expect(found.origin).toMatchObject({ layout: 'graph', size: 'policy' });
    expect(baseSpecification(vector, {}, 'none')).toMatchObject({ kind: 'vector', channels: 1, height: 1, width: 784 });
    expect(() => baseSpecification(vector, { input: { size: [28, 28], channels: 3 } }, 'policy')).toThrow('3x28x28');
  });

  it('remembers that the graph normalizes for itself', () => {
    expect(baseSpecification({ ...DESCRIPTION, normalizes: true }, {}, 'none').origin).toMatchObject({ range: 'default', normalization: 'graph' });
  });

  it.each([
    ['a size the graph does not take', DESCRIPTION, { input: { size: [31, 32] as const } }, 'height 31, but the graph takes 32'],
    ['channels the graph does not take', DESCRIPTION, { input: { channels: 1 } }, 'channels 1, but the graph takes 3'],
    ['a size that nobody says', { ...DESCRIPTION, width: undefined }, {}, 'does not say the width'],
    ['two means for three channels', DESCRIPTION, { input: { mean: [0.1, 0.2] } }, '2 values as mean'],
  ])('refuses %s', (_, description, settings, message) => {
    expect(() => baseSpecification(description, settings, 'policy')).toThrow(expect.objectContaining({ code: 'policy/invalid', message: expect.stringContaining(message) as string }));
  });
});
