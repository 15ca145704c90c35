import { describe, expect, it } from 'vitest';
import { matchSettings } from '../../src/policy/match-settings.ts';

describe('matchSettings', () => {
  const models = [
    { match: '**/*.onnx', samples: 'data/all', input: { range: [0, 1] as [number, number], mean: [0.5] } },
    { match: 'models/signs-*.onnx', samples: 'data/signs', input: { mean: [0.4], std: [0.2] } },
    { match: 'models/**', labels: ['stop', 'yield'] },
  ];

  it('merges all blocks that match, later over earlier, the input member by member', () => {
    expect(matchSettings('models/signs-1.onnx', models)).toEqual({
      settings: { samples: 'data/signs', input: { range: [0, 1], mean: [0.4], std: [0.2] }, labels: ['stop', 'yield'] },
      origin: 'policy',
      notes: [],
    });
  });

  it('knows nothing of an artifact that no block matches', () => {
    expect(matchSettings('models.pt', models)).toEqual({ settings: {}, origin: 'none', notes: [] });
  });

  it('lets a sidecar fill what the policy leaves open', () => {
    expect(matchSettings('other/a.onnx', [{ match: '**', samples: 'data' }], { input: { mean: [1] }, labels: ['a'] })).toEqual({
      settings: { samples: 'data', input: { mean: [1] }, labels: ['a'] },
      origin: 'sidecar',
      notes: [],
    });
  });

  it('lets the policy overrule a sidecar, the input as a whole, and says so', () => {
    expect(matchSettings('a.onnx', models, { input: { range: [0, 255], std: [9] }, labels: ['a'] })).toEqual({
      settings: { samples: 'data/all', input: { range: [0, 1], mean: [0.5] }, labels: ['a'] },
      origin: 'policy',
      notes: ['The sidecar’s input is not used: the policy says what it is.'],
    });
  });

  it('names the sidecar when only that knows the model', () => {
    expect(matchSettings('a.pt', models, { labels: ['a'] })).toMatchObject({ settings: { labels: ['a'] }, origin: 'sidecar' });
  });
});
