import { GateError } from '../../errors.ts';

const NEXT_STEP = 'Give a folder of PNG or JPEG images with one subfolder a class, a folder with a labels file, or a .npz with images and labels.';

/** The samples exist but are not what modelgate understands. */
export function invalidSamples(message: string, place: string, nextStep: string = NEXT_STEP): GateError {
  return new GateError({ code: 'samples/invalid', message, where: { artifact: place }, nextStep });
}

/** The samples could not be read at all. */
export function unreadableSamples(message: string, place: string, cause?: unknown, nextStep: string = NEXT_STEP): GateError {
  return new GateError({ code: 'samples/unreadable', message, where: { artifact: place }, nextStep, cause });
}
