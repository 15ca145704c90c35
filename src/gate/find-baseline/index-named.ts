import { opendir, stat } from 'node:fs/promises';
import path from 'node:path';
import { MAX_WALK_ENTRIES } from '../../artifacts/limits.ts';
import { GateError } from '../../errors.ts';

const INDEX = /\.index\.json$/i;
const OF_SAFETENSORS = /\.safetensors\.index\.json$/i;

/**
 * The index of a model in several files where that is what a path names, itself or its folder; undefined for any other file. Of a folder
 * with several indexes the one of safetensors files counts. Throws `policy/invalid` where a folder does not say which model is meant.
 */
export async function indexNamed(named: string): Promise<string | undefined> {
  if (INDEX.test(named)) return named;
  if ((await stat(named).catch(() => undefined))?.isDirectory() !== true) return undefined;
  const found: string[] = [];
  let seen = 0;
  for await (const { name } of await opendir(named)) {
    seen += 1;
    if (seen > MAX_WALK_ENTRIES) throw unclear(named, 'holds too many files');
    if (INDEX.test(name)) found.push(name);
  }
  const ofSafetensors = found.filter((name) => OF_SAFETENSORS.test(name));
  const [index, ...others] = ofSafetensors.length > 0 ? ofSafetensors : found;
  if (index === undefined) throw unclear(named, 'is a folder without the index of a model in several files (model.safetensors.index.json)');
  if (others.length > 0) throw unclear(named, `is a folder with ${String(others.length + 1)} models in several files`);
  return path.join(named, index);
}

function unclear(named: string, why: string): GateError {
  return new GateError({ code: 'policy/invalid', message: `The baseline ${path.basename(named)} ${why}.`, where: { field: 'baseline' }, nextStep: 'Name the file of the model, or its index.' });
}
