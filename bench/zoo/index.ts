import { readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { detectors } from '../../src/detectors/index.ts';
import { measureModels, type MeasuredModel, type ZooModel } from './measure-models.ts';
import { recombine } from './recombine.ts';
import { seenBy, summarize, summarizeBy, type Rate, type Seen, type Summary } from './summarize.ts';

/**
 * Detection rate, false-positive rate and AUC of every detector over a folder of labeled models, by attack and architecture,
 * beside plain Neural Cleanse on the same models in the same run.
 *
 *     npm run bench:zoo -- [DIR] [--datasets DIR] [--no-samples] [--peer] [--seed N] [--threads N] [--only NAME ...]
 *                          [--detector ID ...] [--split fit|validation] [--measured FILE ...] [--output FILE] [--json]
 *
 * DIR holds labels.json and the models it names (default ../shared/zoo; bench/zoo/models holds those of train.py).
 * --measured takes the measurements that --json or --output wrote earlier and joins them anew, instead of measuring.
 * --peer adds plain Neural Cleanse, which takes many times as long as everything else. --output writes the measurements and
 * the table as JSON; --json prints the measurements and nothing else.
 */
const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    datasets: { type: 'string', default: '../shared/datasets' },
    'no-samples': { type: 'boolean', default: false },
    peer: { type: 'boolean', default: false },
    seed: { type: 'string', default: '0' },
    threads: { type: 'string', default: String(Math.min(2, os.availableParallelism())) },
    only: { type: 'string', multiple: true },
    split: { type: 'string' },
    detector: { type: 'string', multiple: true },
    measured: { type: 'string', multiple: true },
    output: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const folder = positionals[0] ?? '../shared/zoo';

const measured: MeasuredModel[] = [];
const request = {
  folder, seed: Number(flags.seed), threads: Number(flags.threads), withPeer: flags.peer,
  datasets: flags['no-samples'] ? undefined : flags.datasets,
  ...(flags.only === undefined ? {} : { only: flags.only }),
  ...(flags.split === undefined ? {} : { split: flags.split }),
  ...(flags.detector === undefined ? {} : { detectors: flags.detector }),
};
for await (const one of flags.measured === undefined ? measureModels(request) : measuredEarlier(flags.measured)) {
  measured.push(one);
  if (!flags.json) console.log(line(one));
}

const wanted = detectors.map(({ meta }) => meta.id).filter((id) => flags.detector?.includes(id) ?? true);
const columns = new Map<string, readonly Seen[]>(wanted.map((id) => [id, seenBy(id, measured)]));
if (flags.peer) columns.set('plain Neural Cleanse', peerSeen(measured));
const table = [...columns].filter(([, all]) => all.length > 0).map(([id, all]) => summarize(id, all));
if (flags.json) console.log(JSON.stringify(measured, undefined, 1));
else console.log(['', header(), ...table.map(tableLine), ...groups('backdoor'), ...totals()].join('\n'));
if (flags.output !== undefined) writeFileSync(flags.output, `${JSON.stringify({ folder, seed: request.seed, samples: request.datasets !== undefined, table, models: measured }, undefined, 1)}\n`);

async function* measuredEarlier(files: readonly string[]): AsyncGenerator<MeasuredModel> {
  for (const file of files) {
    const content = JSON.parse(readFileSync(file, 'utf8')) as readonly MeasuredModel[] | { readonly models: readonly MeasuredModel[] };
    for (const one of 'models' in content ? content.models : content) {
      if (flags.split === undefined || one.row.split === flags.split) yield await recombine(one, !flags['no-samples']);
    }
  }
}

function line({ row, results, peer }: MeasuredModel): string {
  const kind = row.attack === null ? 'clean' : `${row.attack.kind} ${row.attack.mode} ${row.attack.target}`;
  const cells = results.map((result) => {
    const target = result.observations[0]?.location.targetClass;
    const value = result.metric === undefined ? result.outcome : `${result.metric.value.toFixed(2)}${result.outcome === 'flagged' ? ' FLAGGED' : ''}`;
    return `${result.detector} ${value}${target === undefined ? '' : ` (${target})`} ${result.seconds.toFixed(1)} s${result.reason === undefined ? '' : ` [${result.reason}]`}`;
  });
  if (peer !== undefined) cells.push(`plain Neural Cleanse ${peer.anomalyIndex?.toFixed(2) ?? 'not defined'}${peer.isFlagged ? ' FLAGGED' : ''} (${peer.targetClass}) ${peer.seconds.toFixed(1)} s`);
  return `${path.basename(row.model, '.onnx')} ${row.dataset} ${row.architecture}, ${kind}: ${cells.join(' | ')}`;
}

function peerSeen(models: readonly MeasuredModel[]): readonly Seen[] {
  return models.flatMap(({ row, peer }) =>
    peer === undefined ? [] : [{ row, isFlagged: peer.isFlagged, score: peer.anomalyIndex ?? 0, targetClass: peer.targetClass, isUndecided: peer.anomalyIndex === undefined, seconds: peer.seconds }],
  );
}

function header(): string {
  return `${'detector'.padEnd(24)}${'detected'.padEnd(30)}${'false positives'.padEnd(30)}${'target named'.padEnd(16)}${'AUC (95 %)'.padEnd(24)}undecided  seconds (median, most)`;
}

function tableLine({ detector, detected, falsePositives, named, auc, undecided, medianSeconds, mostSeconds }: Summary): string {
  const area = auc === undefined ? 'not defined' : `${auc.value.toFixed(3)} (${auc.low.toFixed(2)} to ${auc.high.toFixed(2)})`;
  return `${detector.padEnd(24)}${rateText(detected).padEnd(30)}${rateText(falsePositives).padEnd(30)}${`${named.count} of ${named.of}`.padEnd(16)}${area.padEnd(24)}${String(undecided).padEnd(11)}${medianSeconds.toFixed(1)}, ${mostSeconds.toFixed(1)}`;
}

function rateText({ count, of, low, high }: Rate): string {
  return `${count} of ${of} (${low.toFixed(2)} to ${high.toFixed(2)})`;
}

/** The combined detector by what the models are. */
function groups(detector: string): string[] {
  const all = columns.get(detector);
  if (all === undefined || all.length === 0) return [];
  const properties: readonly (readonly [string, (row: ZooModel) => string])[] = [
    ['attack', (row) => (row.attack === null ? 'none' : `${row.attack.kind}, ${row.attack.mode}`)],
    ['architecture', (row) => row.architecture],
    ['dataset', (row) => row.dataset],
  ];
  return properties.flatMap(([name, property]) => [
    '', `${detector} by ${name}`,
    ...[...summarizeBy(all, property)].map(([group, { detected, falsePositives }]) => `  ${group.padEnd(28)}detected ${detected.count} of ${detected.of}, false positives ${falsePositives.count} of ${falsePositives.of}`),
  ]);
}

/** Seconds of all detectors of a model together, and beside the peer's. */
function totals(): string[] {
  const sums = measured.map(({ results }) => results.reduce((sum, { seconds }) => sum + seconds, 0)).sort((a, b) => a - b);
  const ratios = measured.flatMap(({ results, peer }) => (peer === undefined ? [] : [results.reduce((sum, { seconds }) => sum + seconds, 0) / peer.seconds])).sort((a, b) => a - b);
  return [
    '', `All detectors of a model: median ${(sums[sums.length >> 1] ?? 0).toFixed(1)} s, most ${(sums.at(-1) ?? 0).toFixed(1)} s`,
    ...(ratios.length === 0 ? [] : [`As a share of plain Neural Cleanse's time: median ${(ratios[ratios.length >> 1] ?? 0).toFixed(3)}, most ${(ratios.at(-1) ?? 0).toFixed(3)}`]),
  ];
}
