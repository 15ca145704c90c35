import { readdirSync } from 'node:fs';
import { classShift } from '../../src/detectors/class-shift.ts';
import { randomSource } from '../../src/statistics/random.ts';
import { detectContext } from '../../tests/support/detect-context.ts';
import { fakeModel } from '../../tests/support/fake-model.ts';
import { memoryDataset, trustedVersion, type MemorySample } from '../../tests/support/memory-dataset.ts';
import { openSet } from './open-set.ts';

/**
 * What class-shift says of the sets of bench/poison/make-sets.py when three quarters of the honest samples were approved and the rest, with all poisoned ones, is new.
 *
 *     npx tsx bench/poison/class-shift.ts DIR
 */
const [folder = '.'] = process.argv.slice(2);
for (const name of readdirSync(folder).filter((file) => file.endsWith('.npz')).map((file) => file.slice(0, -'.npz'.length)).sort()) {
  const set = await openSet(folder, name, false);
  const random = randomSource(0, name);
  const all: MemorySample[] = [];
  const approved: MemorySample[] = [];
  for await (const { id, label, content } of set.dataset.samples(new AbortController().signal)) {
    const sample = { id, content, ...(label === undefined ? {} : { label }) };
    all.push(sample);
    if (!set.poisoned.has(id) && random.uniform() < 0.75) approved.push(sample);
  }
  const facets = { dataset: memoryDataset(all, set.dataset.classNames), trustedDataset: await trustedVersion(memoryDataset(approved, set.dataset.classNames)) };
  const detection = await classShift.detect({ ...fakeModel(facets), facets }, {}, detectContext());
  if (detection.outcome !== 'measured') throw new Error(`${name}: ${detection.reason}`);
  const isFlagged = detection.metric > classShift.meta.metric.threshold;
  const [first] = detection.observations;
  console.log(name, detection.metric.toFixed(3), isFlagged ? `flagged ${first.message} ${first.location.targetClass === set.target ? 'right class' : 'other class'}` : 'clear');
}
