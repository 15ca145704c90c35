import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { detectors } from '../../src/detectors/index.ts';
import { rocAuc } from '../../src/statistics/roc-auc.ts';
import { wilsonInterval } from '../../src/statistics/wilson-interval.ts';
import { measureModels, type MeasuredModel } from './measure-models.ts';

/**
 * Detection rate, false-positive rate and AUC of every detector over a folder of labeled models.
 *
 *     npx tsx bench/zoo/index.ts [DIR] [--datasets DIR] [--no-samples] [--seed N] [--threads N] [--only NAME ...]
 *                             [--detector ID ...] [--split fit|validation] [--json]
 *
 * DIR holds labels.json and the models it names (default ../shared/zoo; bench/zoo/models holds those of train.py).
 */
const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    datasets: { type: 'string', default: '../shared/datasets' },
    'no-samples': { type: 'boolean', default: false },
    seed: { type: 'string', default: '0' },
    threads: { type: 'string', default: String(Math.min(2, os.availableParallelism())) },
    only: { type: 'string', multiple: true },
    split: { type: 'string' },
    detector: { type: 'string', multiple: true },
    json: { type: 'boolean', default: false },
  },
});
const folder = positionals[0] ?? '../shared/zoo';

const measured: MeasuredModel[] = [];
const request = {
  folder, seed: Number(flags.seed), threads: Number(flags.threads),
  datasets: flags['no-samples'] ? undefined : flags.datasets,
  ...(flags.only === undefined ? {} : { only: flags.only }),
  ...(flags.split === undefined ? {} : { split: flags.split }),
  ...(flags.detector === undefined ? {} : { detectors: flags.detector }),
};
for await (const one of measureModels(request)) {
  measured.push(one);
  if (!flags.json) console.log(line(one));
}
if (flags.json) console.log(JSON.stringify(measured, undefined, 1));
else for (const { meta } of detectors) if (flags.detector?.includes(meta.id) ?? true) console.log(summary(meta.id));

function line({ row, results }: MeasuredModel): string {
  const kind = row.attack === null ? 'clean' : `${row.attack.kind} ${row.attack.mode} ${row.attack.target}`;
  const cells = results.map((result) => {
    const target = result.observations[0]?.location.targetClass;
    const value = result.metric === undefined ? result.outcome : `${result.metric.value.toFixed(2)}${result.outcome === 'flagged' ? ' FLAGGED' : ''}`;
    return `${result.detector} ${value}${target === undefined ? '' : ` (${target})`} ${result.seconds.toFixed(1)} s${result.reason === undefined ? '' : ` [${result.reason}]`}`;
  });
  return `${path.basename(row.model, '.onnx')} ${row.dataset} ${row.architecture}, ${kind}: ${cells.join(' | ')}`;
}

function summary(id: string): string {
  const rows = measured.map(({ row, results }) => ({ row, result: results.find((one) => one.detector === id) }));
  const of = (backdoored: boolean) => rows.filter(({ row }) => row.backdoored === backdoored);
  const rate = (backdoored: boolean): string => {
    const all = of(backdoored);
    const hits = all.filter(({ result }) => result?.outcome === 'flagged').length;
    const { low, high } = wilsonInterval(hits, all.length);
    return `${hits} of ${all.length} (95 % ${low.toFixed(2)} to ${high.toFixed(2)})`;
  };
  // A model that could not be measured ranks with the least suspicious ones: nobody was warned.
  const metrics = (backdoored: boolean): number[] => of(backdoored).map(({ result }) => result?.score ?? 0);
  const ranking = rocAuc(metrics(true), metrics(false));
  const named = of(true).filter(({ row, result }) => result?.outcome === 'flagged' && row.attack?.mode !== 'all2all' && result.observations[0]?.location.targetClass === row.attack?.target).length;
  const seconds = rows.map(({ result }) => result?.seconds ?? 0).sort((a, b) => a - b);
  const undecided = rows.filter(({ result }) => result?.outcome === 'inconclusive' || result?.outcome === 'error').length;
  return [
    `\n${id}`,
    `  detected ${rate(true)}, target class named ${named}`,
    `  false positives ${rate(false)}`,
    `  AUC ${ranking === undefined ? 'not defined' : `${ranking.auc.toFixed(3)} (95 % ${ranking.interval.low.toFixed(2)} to ${ranking.interval.high.toFixed(2)}), n = ${ranking.positives} + ${ranking.negatives}`}`,
    `  inconclusive or error ${undecided}; seconds a model: median ${(seconds[seconds.length >> 1] ?? 0).toFixed(2)}, most ${(seconds.at(-1) ?? 0).toFixed(2)}`,
  ].join('\n');
}
