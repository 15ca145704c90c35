import { createHash } from 'node:crypto';
import { Value } from '@sinclair/typebox/value';
import { memorySource } from '../src/artifacts/memory-source.ts';
import { detectors } from '../src/detectors/index.ts';
import { GateError } from '../src/errors.ts';
import { formatReaders } from '../src/formats/index.ts';
import { readersOf } from '../src/inspection/readers-of.ts';
import { runDetector } from '../src/inspection/run-detector.ts';
import { triageMembers } from '../src/inspection/triage-members.ts';
import type { Model } from '../src/model/model.ts';
import { streamTensor } from '../src/model/stream-tensor.ts';
import { randomSource } from '../src/statistics/random.ts';

/** Bytes of packed content a mutated file may unpack to; small, so that a bomb costs milliseconds here and not the fuzzer's time. */
const EXPANSION_BYTES = 2 ** 24;

/** What a loader of models does with a file before anything runs; nothing but a GateError may come of it, and none that blames the tool. */
export async function readArtifact(data: Uint8Array, format: string): Promise<void> {
  const bytes = Uint8Array.from(data);
  const reader = formatReaders.find(({ meta }) => meta.id === format);
  if (reader === undefined) throw new Error(`There is no format reader ${format}.`);
  const path = `file${reader.meta.extensions[0] ?? ''}`;
  await tolerated(() => readersOf(memorySource(bytes), path));
  await tolerated(async () => {
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}` as const;
    const model = await reader.read({ path, digest, bytes: memorySource(bytes) }, {
      signal: new AbortController().signal,
      expansionBytes: EXPANSION_BYTES,
      openCompanion: () => Promise.reject(new GateError({ code: 'format/external-data', message: 'Nothing lies beside the file.' })),
    });
    await examine(model);
  });
}

/** Everything that static detectors look at. */
async function examine(model: Model): Promise<void> {
  const { archive, tensors } = model.facets;
  if (archive !== undefined) triageMembers(archive.members, model.artifact.path, formatReaders);
  for (const tensor of tensors?.list ?? []) await tolerated(() => drained(streamTensor(tensor)));
  for (const detector of detectors) {
    if (detector.meta.needs.some((facet) => model.facets[facet] === undefined)) continue;
    const resolved = { id: detector.meta.id, required: false, options: Value.Create(detector.options) as Record<string, unknown>, threshold: undefined, timeoutSeconds: 60 };
    const context = {
      random: (label: string) => randomSource(0, label), signal: new AbortController().signal, progress: () => undefined,
      suspiciousInputs: [], sampleScores: [], pictures: [], results: [],
    };
    const { result } = await runDetector(detector, resolved, model, context, () => performance.now());
    if (result.error?.blame === 'tool') throw new Error(`${detector.meta.id}: ${result.error.code}: ${result.error.message}`);
  }
}

async function drained(pieces: AsyncIterable<unknown>): Promise<void> {
  for await (const piece of pieces) void piece;
}

async function tolerated(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (thrown) {
    if (!(thrown instanceof GateError) || thrown.blame === 'tool') throw thrown;
  }
}
