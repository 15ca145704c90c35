import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { modelComparison } from '../../src/detectors/model-comparison.ts';
import { inspectArtifact } from '../../src/inspection/inspect.ts';
import type { InspectionRequest } from '../../src/inspection/inspection.ts';
import type { Result } from '../../src/report.ts';
import { wilsonInterval } from '../../src/statistics/wilson-interval.ts';
import { MINIMUM_ATTACK_SUCCESS_RATE, type MeasuredModel } from './measure-models.ts';
import { quietPorts, withDefaults } from './quiet-inspection.ts';

/**
 * Detection and false-alarm rate of model-comparison over the pairs of versions that bench/zoo/versions.py makes, by what
 * was done to the later version.
 *
 *     npx tsx bench/zoo/measure-versions.ts DIR [--datasets DIR] [--split fit|validation] [--version REGEXP] [--base NAME ...]
 *                                           [--no-samples] [--seed N] [--threads N] [--output FILE]
 *
 * A pair whose planted backdoor works on less than half of the images counts neither way; what an edit of few weights
 * achieves is not asked, because what is to be seen is the edit. --output writes the measurements in the form that
 * scripts/fit-calibration.ts reads.
 */
interface Pair {
  readonly earlier: string;
  readonly candidate: string;
  readonly base: string;
  readonly version: string;
  readonly bad: boolean;
  readonly split: 'fit' | 'validation';
  readonly dataset: string;
  readonly architecture: string;
  readonly preprocess: { readonly mean: readonly number[]; readonly std: readonly number[] } | null;
  readonly attackSuccessRate: number | null;
  readonly target?: number;
}

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    datasets: { type: 'string', default: '../shared/datasets' },
    split: { type: 'string' },
    version: { type: 'string', default: '' },
    base: { type: 'string', multiple: true },
    'no-samples': { type: 'boolean', default: false },
    seed: { type: 'string', default: '0' },
    threads: { type: 'string', default: '1' },
    output: { type: 'string' },
  },
});
const [folder] = positionals;
if (folder === undefined) throw new Error('Usage: measure-versions.ts DIR');

const pairs = (JSON.parse(readFileSync(path.join(folder, 'pairs.json'), 'utf8')) as readonly Pair[])
  .filter((one) => flags.split === undefined || one.split === flags.split)
  .filter((one) => new RegExp(flags.version).test(one.version) && (flags.base?.includes(one.base) ?? true))
  .filter((one) => !one.version.startsWith('poisoned') || (one.attackSuccessRate ?? 0) >= MINIMUM_ATTACK_SUCCESS_RATE);
const measured: { readonly pair: Pair; readonly digest: string; readonly result: Result }[] = [];
for (const pair of pairs) {
  const one = await measure(pair, folder);
  measured.push(one);
  const { outcome, metric, observations, reason, seconds } = one.result;
  const said = observations.map(({ rule, location }) => `${rule.split('/')[1] ?? ''}${location.targetClass === undefined ? '' : ` ${location.targetClass}`}`).join(', ');
  const more = one.result.measurements.filter(({ name }) => name.startsWith('margin of') || name.startsWith('selectivity of')).map(toldWithTarget);
  const lead = one.result.measurements.filter(({ name }) => name.startsWith('lead of')).map(toldWithTarget);
  console.log([pair.base, pair.architecture, pair.version, pair.bad ? `bad ${pair.target ?? ''}` : 'good', outcome, metric?.value.toFixed(2) ?? '-', ...lead, ...more, said || (reason ?? ''), `${seconds.toFixed(1)} s`].join('  '));
}
function toldWithTarget({ value, location }: Result['measurements'][number]): string {
  return `${value.toFixed(2)}${location?.targetClass === undefined ? '' : ` (${String(location.targetClass)})`}`;
}

if (flags.output !== undefined) {
  const models = measured.map(({ pair, digest, result }): MeasuredModel => ({
    row: { model: pair.candidate, backdoored: pair.bad, dataset: pair.dataset, architecture: pair.architecture, preprocess: pair.preprocess, cleanAccuracy: 0, attackSuccessRate: pair.attackSuccessRate, attack: null, split: pair.split },
    digest, results: [result],
  }));
  writeFileSync(flags.output, `${JSON.stringify(models, undefined, 1)}\n`);
}
for (const bad of [false, true]) {
  const versions = [...new Set(measured.filter(({ pair }) => pair.bad === bad).map(({ pair }) => pair.version))];
  for (const version of [...versions, undefined]) {
    const all = measured.filter(({ pair }) => pair.bad === bad && (version === undefined || pair.version === version));
    const count = all.filter(({ result }) => result.outcome === 'flagged').length;
    const undecided = all.filter(({ result }) => result.outcome === 'inconclusive' || result.outcome === 'error').length;
    const { low, high } = wilsonInterval(count, all.length);
    console.log(`${bad ? 'bad ' : 'good'} ${(version ?? 'all').padEnd(20)} flagged ${count} of ${all.length} (${low.toFixed(2)} to ${high.toFixed(2)}), inconclusive ${undecided}`);
  }
}

async function measure(pair: Pair, root: string): Promise<(typeof measured)[number]> {
  const [earlier, file] = [path.resolve(root, pair.earlier), path.resolve(root, pair.candidate)];
  const digestOf = (name: string) => `sha256:${createHash('sha256').update(readFileSync(name)).digest('hex')}` as const;
  const request: InspectionRequest = {
    path: pair.candidate, file, digest: digestOf(file), size: readFileSync(file).byteLength,
    detectors: [withDefaults(modelComparison, 3600)],
    settings: {
      input: { range: [0, 1], mean: [...(pair.preprocess?.mean ?? [0])], std: [...(pair.preprocess?.std ?? [1])] },
      ...(flags['no-samples'] ? {} : { samples: path.resolve(flags.datasets, pair.dataset) }),
    },
    settingsOrigin: 'policy',
    baseline: { kind: 'file', file: earlier, digest: digestOf(earlier), size: readFileSync(earlier).byteLength, description: path.basename(earlier), hasCompanions: true, refusedCompanions: [] },
    seed: Number(flags.seed), engine: 'onnxruntime-node', threads: Number(flags.threads), deadlineSeconds: 36_000, memoryBytes: Infinity,
  };
  const inspection = await inspectArtifact(request, quietPorts(Number(flags.threads), 'onnxruntime-node'));
  const [result] = inspection.results;
  if (result === undefined) throw new Error(`${pair.candidate} was not measured`);
  return { pair, digest: request.digest, result };
}
