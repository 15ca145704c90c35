import { describe, expect, it } from 'vitest';
import { readLabels } from '../../src/reference/read-labels.ts';

describe('readLabels', () => {
  it('gives the models sorted by path', () => {
    const text = JSON.stringify({ version: 1, models: { 'b.onnx': 'backdoored', 'a/c.onnx': 'clean' } });

    expect(readLabels(text, 'labels.json')).toEqual([{ path: 'a/c.onnx', label: 'clean' }, { path: 'b.onnx', label: 'backdoored' }]);
  });

  it.each(['../a.onnx', '/a.onnx', 'a\\b.onnx', 'a//b.onnx', './a.onnx'])('refuses the path %s, which leads out of the folder or is written in two ways', (name) => {
    expect(() => readLabels(JSON.stringify({ version: 1, models: { [name]: 'clean' } }), 'labels.json')).toThrow(expect.objectContaining({ code: 'reference/invalid' }) as Error);
  });

  it.each([['not JSON', '{', /not JSON/], ['another label', '{"version":1,"models":{"a/b~c":"bad"}}', /the label of "a\/b~c" is neither "clean" nor "backdoored"/], ['a list', '[]', /the file is not an object/], ['a list of models', '{"version":1,"models":[]}', /\/models is not an object/], ['no version', '{"models":{}}', /version/], ['an unknown key', '{"version":1,"models":{},"x":1}', /additional/]])('refuses %s', (_name, text, why) => {
    expect(() => readLabels(text, 'labels.json')).toThrow(why);
  });
});
