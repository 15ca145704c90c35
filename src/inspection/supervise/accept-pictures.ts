import { sha256Of } from '../../artifacts/digest.ts';
import { isPlainPng } from '../../artifacts/is-plain-png.ts';
import { MAX_PICTURED_OBSERVATIONS } from '../../artifacts/limits.ts';
import type { Picture, Pictures, Result } from '../../report.ts';
import type { InspectionRequest } from '../inspection.ts';
import type { SentPicture } from '../worker-messages.ts';
import { pictureFile } from './picture-file.ts';

/**
 * The result with its pictures and diagrams named, and the bytes of the pictures. Names and digests are made here, not in the process that parsed
 * hostile bytes: it says only which observation a picture belongs to. Undefined when what it sent is not what our code sends.
 */
export function acceptPictures(
  result: Result,
  sent: readonly SentPicture[],
  artifact: Pick<InspectionRequest, 'path' | 'digest'>,
): { readonly result: Result; readonly pictures: Pictures } | undefined {
  if (result.observations.some((one) => one.pictures !== undefined || one.diagram?.file !== undefined)) return undefined;
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
  const withDiagram = result.observations.flatMap((one, index) => (one.diagram === undefined ? [] : [index])).slice(0, MAX_PICTURED_OBSERVATIONS);
  if (named.size === 0 && withDiagram.length === 0) return { result, pictures };
  const observations = result.observations.map((one, index) => {
    const its = named.get(index);
    const { diagram } = one;
    return {
      ...one,
      ...(its === undefined ? {} : { pictures: its }),
      ...(diagram === undefined || !withDiagram.includes(index) ? {} : { diagram: { ...diagram, file: pictureFile(artifact, result.detector, index, 'diagram') } }),
    };
  });
  return { result: { ...result, observations }, pictures };
}
