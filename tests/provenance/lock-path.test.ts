import fc from 'fast-check';
import { expect, it } from 'vitest';
import { lockPathOf, lockPathProblem } from '../../src/provenance/lock-path.ts';

it.each([
  ['modelgate.lock.json', 'models/a.onnx', 'models/a.onnx'],
  ['/repo/modelgate.lock.json', 'models/a.onnx', 'models/a.onnx'],
  ['ml/modelgate.lock.json', 'ml/models/a.onnx', 'models/a.onnx'],
  ['ml/modelgate.lock.json', 'a.onnx', undefined],
  ['../modelgate.lock.json', 'a.onnx', 'repo/a.onnx'],
  ['/elsewhere/modelgate.lock.json', 'a.onnx', undefined],
  ['modelgate.lock.json', '../a.onnx', undefined],
  ['modelgate.lock.json', './x/../a.onnx', 'a.onnx'],
  ['modelgate.lock.json', 'a\\b.onnx', undefined],
])('the lockfile %s lists %s as %s', (lockfile, artifact, expected) => {
  expect(lockPathOf({ root: '/repo', lockfile, artifact })).toBe(expected);
});

it('calls good exactly the paths that stay below the folder in one spelling', () => {
  const part = fc.constantFrom('a', '..', '.', '', 'b.onnx', '...', 'c:');
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), (parts) => {
      const path = parts.join('/');
      const isGood = parts.every((one) => !['', '.', '..'].includes(one)) && parts[0] !== 'c:';

      expect(lockPathProblem(path) === undefined).toBe(isGood);
    }),
  );
});
