import { lstat, readFile } from 'node:fs/promises';
import path from 'node:path';
import { sha256Of } from '../artifacts/digest.ts';
import { isPlainPng } from '../artifacts/is-plain-png.ts';
import { MAX_PICTURE_BYTES, MAX_RUN_PICTURE_BYTES } from '../artifacts/limits.ts';
import type { GateReport, Picture, Pictures } from '../report.ts';
import { picturesOf } from './pictures-of.ts';

export interface ReadPictures {
  /** The report without the pictures that are not there, which its notes then name. */
  readonly report: GateReport;
  readonly pictures: Pictures;
  /** Files that are not there, or are not what the report says. */
  readonly missing: readonly string[];
}

/**
 * Reads the pictures beside a report that was written earlier. The report has to fit the schema, which bounds the names;
 * a link, a file of another digest and what is no picture are as good as missing.
 */
export async function readPictures(report: GateReport, reportFolder: string): Promise<ReadPictures> {
  const pictures = new Map<string, Uint8Array>();
  const missing = new Set<string>();
  let bytes = 0;
  const isFolder = (await lstat(path.join(reportFolder, 'pictures')).catch(() => undefined))?.isDirectory() === true;
  for (const picture of picturesOf(report)) {
    if (pictures.has(picture.digest)) continue;
    const content = isFolder ? await read(picture, reportFolder) : undefined;
    if (content === undefined || bytes + content.byteLength > MAX_RUN_PICTURE_BYTES) {
      missing.add(picture.file);
      continue;
    }
    bytes += content.byteLength;
    pictures.set(picture.digest, content);
  }
  return { report: missing.size === 0 ? report : without(report, missing), pictures, missing: [...missing] };
}

async function read({ file, digest }: Picture, reportFolder: string): Promise<Uint8Array | undefined> {
  const absolute = path.join(reportFolder, file);
  try {
    const facts = await lstat(absolute);
    if (!facts.isFile() || facts.size > MAX_PICTURE_BYTES) return undefined;
    const bytes = await readFile(absolute);
    return sha256Of(bytes) === digest && isPlainPng(bytes) ? bytes : undefined;
  } catch {
    return undefined;
  }
}

function without(report: GateReport, missing: ReadonlySet<string>): GateReport {
  return {
    ...report,
    artifacts: report.artifacts.map((artifact) => {
      const gone = picturesOf({ artifacts: [artifact] }).filter((one) => missing.has(one.file));
      if (gone.length === 0) return artifact;
      return {
        ...artifact,
        notes: [...artifact.notes, ...gone.map((one) => `The picture ${one.file} was not beside the report that named it.`)],
        results: artifact.results.map((result) => ({
          ...result,
          observations: result.observations.map(({ pictures, ...observation }) => {
            const left = pictures?.filter((one) => !missing.has(one.file)) ?? [];
            return left.length === 0 ? observation : { ...observation, pictures: left };
          }),
        })),
      };
    }),
  };
}
