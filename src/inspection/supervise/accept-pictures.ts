import { sha256Of } from '../../artifacts/digest.ts';
import { isPlainPng } from '../../artifacts/is-plain-png.ts';
import type { Picture, Pictures, Result } from '../../report.ts';
import type { InspectionRequest } from '../inspection.ts';
import type { SentPicture } from '../worker-messages.ts';
import { pictureFile } from './picture-file.ts';

/**
 * The result with its pictures named, and their bytes. Names and digests are made here, not in the process that parsed
 * hostile bytes: it says only which observation a picture belongs to. Undefined when what it sent is not what our code sends.
 */
export function acceptPictures(
  result: Result,
  sent: readonly SentPicture[],
  artifact: Pick<InspectionRequest, 'path' | 'digest'>,
): { readonly result: Result; readonly pictures: Pictures } | undefined {
  if (result.observations.some((one) => one.pictures !== undefined)) return undefined;
  const pictures = new Map<string, Uint8Array>();
  const named = new Map<number, Picture[]>();
  for (const { observation, kind, title, png } of sent) {
    const bytes = Buffer.from(png, 'base64');
    const known = named.get(observation) ?? [];
    const isOdd = observation >= result.observations.length || known.some((one) => one.kind === kind) || bytes.toString('base64') !== png;
    if (isOdd || !isPlainPng(bytes)) return undefined;
    const digest = sha256Of(bytes);
    named.set(observation, [...known, { file: pictureFile(artifact, result.detector, observation, kind), digest, kind, title }]);
    pictures.set(digest, bytes);
  }
  if (named.size === 0) return { result, pictures };
  const observations = result.observations.map((one, index) => {
    const its = named.get(index);
    return its === undefined ? one : { ...one, pictures: its };
  });
  return { result: { ...result, observations }, pictures };
}
