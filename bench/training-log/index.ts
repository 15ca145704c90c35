import { readdirSync } from 'node:fs';
import path from 'node:path';
import { readTrainingLog } from '../../src/datasets/read-training-log.ts';
import { gradientNormDrift } from '../../src/detectors/gradient-norm-drift.ts';
import type { DetectContext } from '../../src/detectors/detector.ts';
import type { Model } from '../../src/model/model.ts';
import { memorySource } from '../../src/artifacts/memory-source.ts';
import { randomSource } from '../../src/statistics/random.ts';

/**
 * Rises found in training logs (bench/training-log/make-logs.py).
 *
 *     npx tsx bench/training-log/index.ts DIR
 */
const [folder = '.'] = process.argv.slice(2);
const signal = new AbortController().signal;
const context: DetectContext = { random: (label) => randomSource(0, label), signal, outOfTime: () => false, progress: () => undefined, suspiciousInputs: [], pictures: [], results: [], sampleScores: [] };
const counts = { clean: [0, 0], poisoned: [0, 0] };
for (const name of readdirSync(folder).filter((file) => file.endsWith('.csv')).sort()) {
  const trainingLog = await readTrainingLog(path.join(folder, name), signal);
  const model: Model = { artifact: { path: name, digest: `sha256:${'0'.repeat(64)}`, bytes: memorySource(new Uint8Array(0)) }, format: 'bench', facets: {}, problems: {}, absences: {}, unclaimed: [], companions: [], notes: [] };
  const detection = await gradientNormDrift.detect({ ...model, facets: { trainingLog } }, {}, context);
  const metric = detection.outcome === 'measured' ? detection.metric : 0;
  const its = counts[name.includes('-poisoned-') ? 'poisoned' : 'clean'];
  its[0] = (its[0] ?? 0) + 1;
  if (metric > gradientNormDrift.meta.metric.threshold) its[1] = (its[1] ?? 0) + 1;
  console.log(name, detection.outcome === 'measured' ? `${metric.toFixed(2)} ${JSON.stringify(detection.observations[0].data)}` : detection.reason);
}
console.log(`flagged: ${String(counts.poisoned[1])} of ${String(counts.poisoned[0])} runs with poison from half-way on, ${String(counts.clean[1])} of ${String(counts.clean[0])} clean runs`);
