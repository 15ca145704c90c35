import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sha256OfFile } from '../../artifacts/digest.ts';
import { GateError } from '../../errors.ts';
import type { GatePorts, GateRequest } from '../../gate-request.ts';
import { readPartHead } from '../../inspection/inspect-dataset/parts/part-frames.ts';
import { canonicalJson } from '../../policy/canonical-json.ts';
import { decide } from '../../policy/decide.ts';
import type { ArtifactReport, GateReport } from '../../report.ts';
import { ruleCatalog } from '../rule-catalog.ts';
import { datasetSettings } from './dataset-settings-in-force.ts';
import { inspectJoinedDataset } from './gather-dataset.ts';

/** A report and the folder it lies in, with the parts of datasets beside it. */
export interface ShardReport {
  readonly report: GateReport;
  /** Absolute. */
  readonly folder: string;
}

/**
 * Runs the detectors on the datasets that the shards have read in parts, and gives the reports back with what they found in place of the
 * parts. Throws `arguments/invalid` where a part is missing, doubled or damaged, or where two are not of one dataset, manifest, model, policy or seed.
 */
export async function joinDatasets(shards: readonly ShardReport[], request: () => Promise<GateRequest>, ports: GatePorts): Promise<readonly GateReport[]> {
  const reports = shards.map(({ report }) => report);
  const paths = [...new Set(reports.flatMap(({ artifacts }) => artifacts.filter(({ part }) => part !== undefined).map((one) => one.path)))];
  if (paths.length === 0) return reports;
  const asked = await request();
  const wrong = reports.find(({ policy, seed }) => policy.digest !== asked.policy.digest || seed !== asked.seed);
  if (wrong !== undefined) {
    throw new GateError({
      code: 'arguments/invalid', message: `The shards were scanned under another policy (${wrong.policy.source}) or seed (${String(wrong.seed)}) than is in force here, where the parts of datasets are joined.`,
      nextStep: 'Give the same --policy and --seed as to the shards, in a checkout of the same commit.',
    });
  }
  const joined: ArtifactReport[] = [];
  for (const one of paths) {
    const row = await joinedRow(one, shards, asked, ports);
    if (row !== undefined) joined.push(row);
  }
  // A row without a part is of a shard that could not read the dataset, and says why; it stays and decides.
  const without = reports.map((one) => ({ ...one, artifacts: one.artifacts.filter(({ part }) => part === undefined) }));
  const [first, ...rest] = without;
  return first === undefined ? [] : [{ ...first, artifacts: [...first.artifacts, ...joined] }, ...rest];
}

interface PlacedPart {
  readonly row: ArtifactReport;
  readonly part: NonNullable<ArtifactReport['part']>;
  readonly file: string;
}

async function joinedRow(name: string, shards: readonly ShardReport[], request: GateRequest, ports: GatePorts): Promise<ArtifactReport | undefined> {
  const rows = shards.flatMap(({ report, folder }) => report.artifacts.filter((one) => one.path === name).map((row) => ({ row, folder })));
  if (rows.some(({ row }) => row.part === undefined)) return undefined;
  const parts = rows
    .flatMap(({ row, folder }): PlacedPart[] => (row.part === undefined ? [] : [{ row, part: row.part, file: path.join(folder, row.part.file) }]))
    .sort((one, other) => one.part.index - other.part.index);
  const [first] = parts;
  if (first === undefined) return undefined;
  await check(name, parts, first);
  const folder = await mkdtemp(path.join(tmpdir(), 'modelgate-join-'));
  try {
    const base = { ...first.row };
    delete base.part;
    const row = await inspectJoinedDataset(
      { row: base, parts: parts.map(({ file, part }) => ({ file, size: part.size })), manifests: first.part.manifests },
      { path: name, settings: datasetSettings(first.row.container ?? name, request.policy.datasets), changes: undefined },
      folder, request, ports,
    );
    const rules = ruleCatalog();
    return decide({ artifacts: [row], events: [] }, request.policy, { warnOnly: request.warnOnly, nextStepOf: (rule) => rules.get(rule)?.nextStep }).artifacts[0];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function check(name: string, parts: readonly PlacedPart[], first: PlacedPart): Promise<void> {
  const stop = (message: string): never => {
    throw new GateError({ code: 'arguments/invalid', message: `${name}: ${message}`, nextStep: 'Give the reports of all shards of one run, each once, with the folder "samples" beside each.' });
  };
  const { count } = first.part;
  for (const { part, row } of parts) {
    if (part.count !== count) stop(`it was read in ${String(count)} parts by one shard and in ${String(part.count)} by another.`);
    if (row.digest !== first.row.digest) stop('two shards read different versions of the dataset.');
    if (part.manifests !== first.part.manifests || canonicalJson(row.provenance) !== canonicalJson(first.row.provenance)) stop('two shards compared it with different manifests.');
  }
  const indexes = parts.map(({ part }) => part.index);
  const doubled = indexes.find((one, at) => indexes.indexOf(one) !== at);
  if (doubled !== undefined) stop(`part ${String(doubled)} of ${String(count)} is there twice.`);
  const missing = Array.from({ length: count }, (_, at) => at + 1).find((one) => !indexes.includes(one));
  if (missing !== undefined) stop(`part ${String(missing)} of ${String(count)} is missing.`);
  let model: string | undefined;
  for (const [at, { file, part, row }] of parts.entries()) {
    const { digest } = await sha256OfFile(file, { path: part.file }).catch((cause: unknown) => {
      throw new GateError({ code: 'arguments/invalid', message: `${name}: part ${String(part.index)} of ${String(count)} is not beside its report as ${part.file}.`, nextStep: 'Keep the folder "samples" with each report.', cause });
    });
    if (digest !== part.digest) stop(`${part.file} is not what its shard wrote.`);
    const head = await readPartHead(file);
    if (head.dataset !== row.digest || head.index !== part.index || head.count !== count) stop(`${part.file} is another part than its report says.`);
    const its = canonicalJson(head.model ?? null);
    if (at > 0 && its !== model) stop('two shards ran different models on it, or in different engines.');
    model = its;
  }
}
