import { describe, expect, it } from 'vitest';
import { metadataAnomalies } from '../../src/detectors/metadata-anomalies.ts';
import { randomSource } from '../../src/statistics/random.ts';
import { detectContext } from '../support/detect-context.ts';
import { fakeModel } from '../support/fake-model.ts';
import { memoryDataset, type MemorySample } from '../support/memory-dataset.ts';

const CLASSES = ['cat', 'dog', 'eel', 'fox'];

type Traits = Readonly<Record<string, string>>;

const CAMERA: Traits = { chunks: 'IHDR IDAT IEND', compression: '120 2' };
const SCRIPT: Traits = { chunks: 'IHDR tEXt IDAT IEND', compression: '120 1', software: 'pattern 1.0' };

function file(label: number, traits: Traits): MemorySample {
  return { label, content: { kind: 'image', channels: 1, height: 1, width: 1, pixels: Uint8Array.of(label), encoding: { format: 'png', bytes: 70, traits: new Map(Object.entries(traits)) } } };
}

const files = (count: number, traitsOf: (label: number, at: number) => Traits): MemorySample[] => Array.from({ length: count }, (_, at) => file(at % CLASSES.length, traitsOf(at % CLASSES.length, at)));

async function detect(list: readonly MemorySample[]) {
  const facets = { dataset: memoryDataset(list, CLASSES) };
  return metadataAnomalies.detect({ ...fakeModel(facets), facets }, {}, detectContext());
}

async function measure(list: readonly MemorySample[]) {
  const detection = await detect(list);
  if (detection.outcome !== 'measured') throw new Error(detection.reason);
  return { ...detection, isFlagged: detection.metric > metadataAnomalies.meta.metric.threshold };
}

describe('metadata-anomalies', () => {
  it('finds the files of one class that another program wrote, and names the setting', async () => {
    const detection = await measure([...files(400, () => CAMERA), ...Array.from({ length: 12 }, () => file(2, SCRIPT))]);

    expect(detection.isFlagged).toBe(true);
    expect(detection.observations).toHaveLength(1);
    expect(detection.observations[0]).toMatchObject({ message: 'subgroup-of-one-class', location: { targetClass: 2 }, data: { agreeing: 12, carriers: 12, share: '10.7 %' } });
    expect(detection.sampleScores?.suspects.map(({ index }) => index)).toEqual(Array.from({ length: 12 }, (_, at) => 400 + at));
  });

  it('finds files that lack what all others have', async () => {
    const detection = await measure([...files(400, () => ({ ...CAMERA, gamma: '45455' })), ...Array.from({ length: 12 }, () => file(1, CAMERA))]);

    expect(detection.observations[0].data).toMatchObject({ trait: 'gamma', value: '(none)', class: 'class 1 (dog)' });
    expect(detection.isFlagged).toBe(true);
  });

  it('is quiet where each class comes from a source of its own, or from several', async () => {
    const one = await measure(files(400, (label) => ({ software: `camera ${String(label)}` })));
    const several = await measure(files(400, (label, at) => ({ software: `camera ${String(label)}.${String((at >> 2) % 3)}` })));

    expect([one.isFlagged, several.isFlagged]).toEqual([false, false]);
  });

  it('is quiet on random mixtures of sources, whatever the labels, in all of twenty sets', async () => {
    const random = randomSource(1, 'mixtures');
    for (let set = 0; set < 20; set += 1) {
      const sources = 2 + random.integer(12);
      const detection = await measure(files(400, () => ({ software: `camera ${String(random.integer(sources))}`, quantization: String(random.integer(30)), comment: String(random.integer(1e6)) })));
      expect(detection.isFlagged).toBe(false);
    }
  });

  it('is quiet about three odd files', async () => {
    expect((await measure([...files(400, () => CAMERA), ...Array.from({ length: 3 }, () => file(2, SCRIPT))])).metric).toBe(0);
  });

  it('shows no control characters that a file holds', async () => {
    const { observations } = await measure([...files(400, () => CAMERA), ...Array.from({ length: 12 }, () => file(2, { ...CAMERA, software: '\u001b[2Jgone\n' }))]);

    expect(observations[0].data['value']).toBe('?[2Jgone?');
  });

  it('does not apply to images that no encoder wrote', async () => {
    const arrays: MemorySample[] = Array.from({ length: 80 }, (_, at) => ({ label: at % 4, content: { kind: 'image', channels: 1, height: 1, width: 1, pixels: Uint8Array.of(at) } }));

    expect(await detect(arrays)).toMatchObject({ outcome: 'not-applicable' });
  });
});
