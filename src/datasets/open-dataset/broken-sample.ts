import { GateError } from '../../errors.ts';
import type { BrokenSample } from '../../model/dataset.ts';

/** A record that could not be read, with its place and what is wrong. Errors of ours keep their code. */
export function brokenSample(place: BrokenSample['place'], thrown: unknown): { readonly broken: BrokenSample } {
  if (thrown instanceof GateError) return { broken: { place, error: thrown.toData() } };
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return { broken: { place, error: new GateError({ code: 'dataset/invalid', message, where: { artifact: place.file } }).toData() } };
}
