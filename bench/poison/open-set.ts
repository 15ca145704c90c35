import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { openNpy } from '../../src/datasets/arrays/npy.ts';
import { listNpz } from '../../src/datasets/arrays/npz.ts';
import { DEFAULT_SAMPLE_LIMITS } from '../../src/datasets/sample-limits.ts';
import { createEngine } from '../../src/engines/create-engine.ts';
import { openClassifierSession } from '../../src/engines/open-classifier.ts';
import { memorySource } from '../../src/artifacts/memory-source.ts';
import { baseSpecification } from '../../src/datasets/base-specification.ts';
import { describeClassifier } from '../../src/onnx/describe-classifier.ts';
import { decodeOnnxModel } from '../../src/onnx/decode.ts';
import type { Classifier } from '../../src/model/classifier.ts';
import type { DatasetFacet, DatasetSample } from '../../src/model/dataset.ts';

/** A labelled training set whose poisoned samples are known, and the model trained on it where there is one. */
export interface PoisonedSet {
  readonly name: string;
  readonly attack: string | null;
  readonly rate: number;
  readonly target: number | null;
  /** Of the .npz. */
  readonly digest: string;
  readonly dataset: DatasetFacet;
  readonly poisoned: ReadonlySet<string>;
  readonly classifier?: Classifier;
  close(): Promise<void>;
}

export async function openSet(folder: string, name: string, withModel: boolean): Promise<PoisonedSet> {
  const read = (suffix: string): Uint8Array => readFileSync(path.join(folder, `${name}.${suffix}`));
  const members = new Map(listNpz(read('npz'), { maxMembers: 16, maxExpandedBytes: DEFAULT_SAMPLE_LIMITS.maxPixelValues * 4 }).map((one) => [one.name, openNpy(one.expand())]));
  const array = (key: string): ReturnType<typeof openNpy> => members.get(key) ?? fail(`${name}.npz has no array "${key}"`);
  const [x, y, poisoned] = [array('x'), array('y'), array('poisoned')];
  const [count = 0, channels = 0, height = 0, width = 0] = x.shape;
  const labels = Array.from({ length: count }, (_, row) => y.row(row)[0] ?? 0);
  const classCount = 1 + Math.max(...labels);
  const samples = labels.map((label, row): DatasetSample => {
    const pixels = Uint8Array.from(x.row(row));
    return {
      id: `${name}#${String(row)}`, label, place: { file: `${name}.npz`, record: row }, content: { kind: 'image', channels, height, width, pixels },
      digest: `sha256:${createHash('sha256').update(pixels).digest('hex')}`,
    };
  });
  const dataset: DatasetFacet = {
    kind: 'image', classNames: Array.from({ length: classCount }, (_, label) => String(label)), columns: [], count, broken: [], brokenCount: 0,
    classCounts: Array.from({ length: classCount }, (_, label) => labels.filter((one) => one === label).length),
    async *samples(signal) {
      for (const one of samples) {
        signal.throwIfAborted();
        yield one;
      }
    },
  };
  const told = existsSync(path.join(folder, `${name}.json`)) ? (JSON.parse(new TextDecoder().decode(read('json'))) as { attack?: unknown; rate?: number; target?: number | null }) : {};
  const kind = typeof told.attack === 'string' ? told.attack : ((told.attack as { kind?: string } | null | undefined)?.kind ?? null);
  const base = {
    name, dataset, digest: `sha256:${createHash('sha256').update(read('npz')).digest('hex')}`, attack: kind, rate: told.rate ?? 0, target: told.target ?? null,
    poisoned: new Set(samples.filter((_, row) => (poisoned.row(row)[0] ?? 0) !== 0).map(({ id }) => id)),
  };
  if (!withModel || !existsSync(path.join(folder, `${name}.onnx`))) return { ...base, close: async () => undefined };
  const file = read('onnx');
  const bytes = memorySource(file);
  const model = decodeOnnxModel(file, { source: bytes });
  const description = await describeClassifier(model);
  if ('absence' in description) throw new Error(`${name}.onnx: ${description.absence}`);
  const engine = await createEngine({ preference: 'auto', threads: 1 });
  const session = await openClassifierSession({ graph: { model, bytes, externalFiles: [] }, description, engine });
  const input = baseSpecification({ ...description.input, integer: false, normalizes: description.embeddedNormalization !== undefined, classCount: description.output.classCount }, { input: { range: [0, 1], size: [height, width], channels } }, 'policy');
  return { ...base, classifier: session.classifier(input), close: () => session.close() };
}

function fail(message: string): never {
  throw new Error(message);
}
