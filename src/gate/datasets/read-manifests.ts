import path from 'node:path';
import type { GateRequest } from '../../gate-request.ts';
import type { DatasetManifest } from '../../provenance/dataset-manifest.ts';
import { readManifest } from '../../provenance/read-manifest.ts';
import { readText } from '../judging-files.ts';

export interface Manifests {
  /** That of the base commit in a pull request, else the one on disk. */
  readonly inForce: DatasetManifest | undefined;
  /** The one on disk, where it is another one. */
  readonly proposed: DatasetManifest | undefined;
}

/** Reads a dataset's manifest from where it can be trusted, and what the change under test makes of it. Throws `manifest/invalid`. */
export async function readManifests(file: string, request: Pick<GateRequest, 'root' | 'readTrusted'>): Promise<Manifests> {
  const onDisk = await readText(path.join(request.root, file));
  const trusted = request.readTrusted === undefined ? onDisk : await request.readTrusted(file);
  const same = onDisk?.replaceAll('\r\n', '\n') === trusted?.replaceAll('\r\n', '\n');
  return {
    inForce: trusted === undefined ? undefined : readManifest(trusted, file),
    proposed: same || onDisk === undefined ? undefined : readManifest(onDisk, file),
  };
}
