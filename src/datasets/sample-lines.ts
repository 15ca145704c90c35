import { SAMPLE_DIGEST_DIGITS, type SampleLine } from '../artifacts/samples-root.ts';
import type { DatasetFacet } from '../model/dataset.ts';

/** The samples of a dataset as a manifest lists them, in their order. */
export async function* sampleLines(dataset: DatasetFacet, signal: AbortSignal): AsyncGenerator<SampleLine> {
  for await (const { id, label, digest } of dataset.samples(signal)) {
    yield [id, label === undefined ? null : (dataset.classNames[label] ?? null), digest.slice('sha256:'.length, 'sha256:'.length + SAMPLE_DIGEST_DIGITS)];
  }
}
