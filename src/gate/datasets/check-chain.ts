import { existsSync } from 'node:fs';
import path from 'node:path';
import { datasetFiles } from '../../artifacts/dataset-files.ts';
import { sha256OfFile } from '../../artifacts/digest.ts';
import { toGateError } from '../../errors.ts';
import type { GateRequest } from '../../gate-request.ts';
import { lockPathOf } from '../../provenance/lock-path.ts';
import { observeDatasetSource } from '../../provenance/observe-dataset-source.ts';
import type { Provenance } from '../../report.ts';
import { settingsFor } from '../settings-for.ts';
import { datasetSettings } from './dataset-settings-in-force.ts';
import { modelCard } from './model-card.ts';
import { readManifests } from './read-manifests.ts';

/** Weights made from weights made from weights; a longer chain is a circle of names. */
const MAX_CHAIN = 16;

type Observation = Provenance['observations'][number];

/**
 * Follows what the policy says a model was made from: each dataset has to have a manifest in force that its files fit, the initial weights
 * a lockfile entry that they fit, and so on for what those were made from. Every gap is an observation of the model's origin.
 */
export async function checkChain(model: string, request: GateRequest, signal: AbortSignal): Promise<Observation[]> {
  const gaps: Observation[] = [];
  const seen = new Set<string>();
  for (let current: string | undefined = model; current !== undefined;) {
    const here: string = current;
    const add = (part: string, gap: string): void => void gaps.push(observeDatasetSource('chain-gap', { path: here, part, gap }));
    seen.add(here);
    const { settings } = await settingsFor(here, request);
    for (const [name, gap] of await cardGaps(here, settings.datasets ?? [], request)) add(name, gap);
    for (const dataset of settings.datasets ?? []) {
      const gap = await datasetGap(dataset, request, signal);
      if (gap !== undefined) add(dataset, gap);
    }
    const weights: string | undefined = settings.initialisedFrom;
    if (weights === undefined) return gaps;
    const gap = await weightsGap(weights, request, signal);
    if (gap !== undefined) add(weights, gap);
    if (seen.has(weights) || seen.size >= MAX_CHAIN) {
      add(weights, 'which leads back to itself');
      return gaps;
    }
    current = weights;
  }
  return gaps;
}

/** Datasets that the model card names and neither the policy's block of the model nor the source of any manifest in force does. */
async function cardGaps(model: string, named: readonly string[], request: GateRequest): Promise<(readonly [string, string])[]> {
  // Without a dataset in the policy nobody asks for manifests.
  if (request.policy.datasets.length === 0) return [];
  const card = await modelCard(model, request.root);
  if (card === undefined) return [];
  const known = new Set(named);
  for (const { match } of request.policy.datasets) {
    const { inForce } = await readManifests(datasetSettings(match, request.policy.datasets).manifest, request).catch(() => ({ inForce: undefined }));
    if (inForce?.source !== undefined && 'repository' in inForce.source) known.add(inForce.source.repository.replace(/^.*\/datasets\//, ''));
  }
  return card.datasets.filter((one) => !known.has(one)).map((one) => [one, `which ${card.file} names, and no manifest in force has it as its source`]);
}

async function datasetGap(dataset: string, request: GateRequest, signal: AbortSignal): Promise<string | undefined> {
  try {
    const { manifest } = datasetSettings(dataset, request.policy.datasets);
    const { inForce } = await readManifests(manifest, request);
    if (inForce === undefined) return `which has no manifest in force (${manifest})`;
    const absolute = path.join(request.root, dataset);
    // Data that are kept elsewhere are no gap: the manifest says which they are.
    if (!existsSync(absolute)) return undefined;
    const { root } = await datasetFiles(absolute, { signal });
    return root === inForce.root.files ? undefined : 'whose files are not those that its manifest approves';
  } catch (thrown) {
    return `which could not be checked: ${toGateError(thrown).message}`;
  }
}

async function weightsGap(weights: string, { root, lockfile }: GateRequest, signal: AbortSignal): Promise<string | undefined> {
  if (lockfile === undefined) return 'and there is no lockfile that approves it';
  const listed = lockPathOf({ root, lockfile: lockfile.path, artifact: weights });
  const entry = lockfile.content.artifacts.find((one) => one.path === listed);
  if (entry === undefined) return 'which is not in the lockfile';
  const absolute = path.join(root, weights);
  if (!existsSync(absolute)) return undefined;
  try {
    const { digest } = await sha256OfFile(absolute, { signal, path: weights });
    return digest === `sha256:${entry.sha256}` ? undefined : 'whose bytes are not those that the lockfile approves';
  } catch (thrown) {
    return `which could not be checked: ${toGateError(thrown).message}`;
  }
}
