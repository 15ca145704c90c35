import { createHash } from 'node:crypto';
import type { DatasetFacet, DatasetSample, SampleContent, TrustedDataset } from '../../src/model/dataset.ts';

export interface MemorySample {
  readonly content: SampleContent;
  readonly label?: number;
  readonly id?: string;
}

/** A dataset held in memory, as a reader would hand it over. */
export function memoryDataset(list: readonly MemorySample[], classNames: readonly string[], rest: Partial<DatasetFacet> = {}): DatasetFacet {
  const samples = list.map(({ content, label, id }, at): DatasetSample => {
    const name = id ?? `sample-${String(at).padStart(5, '0')}`;
    return { id: name, digest: digestOf(content), place: { file: 'memory', record: at }, content, ...(label === undefined ? {} : { label }) };
  });
  return {
    kind: samples[0]?.content.kind ?? 'image', classNames, columns: [], count: samples.length, broken: [], brokenCount: 0,
    classCounts: classNames.map((_, label) => samples.filter((one) => one.label === label).length),
    async *samples(signal) {
      for (const one of samples) {
        signal.throwIfAborted();
        yield one;
      }
    },
    ...rest,
  };
}

/** The same dataset as an approved version. */
export async function trustedVersion(dataset: DatasetFacet, description = 'the approved version'): Promise<TrustedDataset> {
  const samples = new Map<string, { readonly label?: number; readonly digest: `sha256:${string}` }>();
  for await (const { id, label, digest } of dataset.samples(new AbortController().signal)) samples.set(id, { digest, ...(label === undefined ? {} : { label }) });
  return { description, samples, dataset };
}

function digestOf(content: SampleContent): `sha256:${string}` {
  const bytes = content.kind === 'image' ? content.pixels : JSON.stringify(content.kind === 'series' ? [...content.values] : content);
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
