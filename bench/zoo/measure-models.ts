import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { detectors } from '../../src/detectors/index.ts';
import { inspectArtifact } from '../../src/inspection/inspect.ts';
import type { ModelSettings } from '../../src/policy/policy.ts';
import type { InspectionRequest } from '../../src/inspection/inspection.ts';
import { measurePeer, type MeasuredPeer } from './measure-peer.ts';
import { quietPorts, withDefaults } from './quiet-inspection.ts';
import type { Result } from '../../src/report.ts';

/** A row of a zoo's labels.json; what is not listed here is not used. */
export interface ZooModel {
  readonly model: string;
  readonly backdoored: boolean;
  readonly dataset: string;
  readonly architecture: string;
  readonly preprocess: { readonly mean: readonly number[]; readonly std: readonly number[] } | null;
  readonly cleanAccuracy: number;
  readonly attackSuccessRate: number | null;
  readonly attack: { readonly kind: string; readonly mode: string; readonly target: number } | null;
  /** Models that nothing was chosen or fitted on are 'validation'; a set without the distinction has none. */
  readonly split?: 'fit' | 'validation';
}

export interface MeasuredModel {
  readonly row: ZooModel;
  readonly digest: string;
  readonly results: readonly Result[];
  /** Plain Neural Cleanse on the same model, when it was asked for and there are samples. */
  readonly peer?: MeasuredPeer;
}

/** A backdoor that works less often than this was not planted: the model is neither clean nor backdoored, and left out. */
export const MINIMUM_ATTACK_SUCCESS_RATE = 0.5;

export function readZoo(folder: string): readonly ZooModel[] {
  const rows = JSON.parse(readFileSync(path.join(folder, 'labels.json'), 'utf8')) as readonly ZooModel[];
  return rows.filter((row) => existsSync(path.join(folder, row.model)) && (row.attackSuccessRate ?? 1) >= MINIMUM_ATTACK_SUCCESS_RATE);
}

export interface MeasureRequest {
  readonly folder: string;
  /** Folder of image folders, one a dataset; undefined: without samples. */
  readonly datasets: string | undefined;
  readonly seed: number;
  readonly threads: number;
  readonly only?: readonly string[];
  /** Only the models of this split. */
  readonly split?: string;
  readonly withPeer?: boolean;
  /** Ids; undefined: all. One that looks at another's suspicious inputs needs that one named too. */
  readonly detectors?: readonly string[];
}

/**
 * Runs every registered detector on every model, as an inspection does, with the normalization that labels.json names
 * (as a policy's models block would). One model at a time: seconds are those of a machine that does nothing else.
 */
export async function* measureModels(request: MeasureRequest): AsyncGenerator<MeasuredModel> {
  const { folder, datasets, seed, threads } = request;
  const unknown = request.detectors?.find((id) => !detectors.some(({ meta }) => meta.id === id));
  if (unknown !== undefined) throw new Error(`There is no detector ${unknown}.`);
  // Tiers first: what hands on suspicious inputs runs before what wants them.
  const order = detectors.filter(({ meta }) => request.detectors?.includes(meta.id) ?? true).sort((a, b) => (a.meta.after?.length ?? 0) - (b.meta.after?.length ?? 0));
  for (const row of readZoo(folder)) {
    if (request.split !== undefined && row.split !== request.split) continue;
    if (request.only !== undefined && request.only.length > 0 && !request.only.includes(path.basename(row.model, '.onnx'))) continue;
    const file = path.resolve(folder, row.model);
    const bytes = readFileSync(file);
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}` as const;
    const settings: ModelSettings = {
      input: { range: [0, 1], mean: [...(row.preprocess?.mean ?? [0])], std: [...(row.preprocess?.std ?? [1])] },
      ...(datasets === undefined ? {} : { samples: path.resolve(datasets, row.dataset) }),
    };
    const inspection: InspectionRequest = {
        path: row.model, file, digest, size: bytes.length, settings, settingsOrigin: 'policy', seed, engine: 'auto', threads,
        detectors: order.map((detector) => withDefaults(detector)),
        deadlineSeconds: 3600, memoryBytes: 2 ** 32,
    };
    const { results } = await inspectArtifact(inspection, quietPorts(threads));
    const peer = request.withPeer === true ? await measurePeer(inspection) : undefined;
    yield { row, digest, results, ...(peer === undefined ? {} : { peer }) };
  }
}
