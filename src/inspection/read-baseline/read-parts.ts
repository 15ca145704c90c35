import { openFileSource, type FileSource } from '../../artifacts/file-source.ts';
import { GateError } from '../../errors.ts';
import { ambiguous } from '../../formats/identify.ts';
import { partsOfIndex } from '../../formats/shard-index/parts-of-index.ts';
import { absentWeights } from '../../formats/text/absent-weights.ts';
import type { TensorInfo, Tensors } from '../../model/facets.ts';
import type { Model } from '../../model/model.ts';
import type { BaselineFile, BaselineReference } from '../inspection.ts';
import { readModel } from '../read-model.ts';
import { readersOf } from '../readers-of.ts';

export interface ReadParts {
  readonly model: Model;
  /** The tensors are read from the files until then. */
  close(): Promise<void>;
}

const NO_GRAPH = 'A model in several files holds weights without the network.';

/**
 * A model in several files as one: the tensors of all of them in one facet, each still read from its own file, piece by piece. What the index
 * says lies in a file has to be there, and nothing else: otherwise another set of weights than the loader's would be compared.
 * Throws what the readers throw, `artifact/*`, and `format/malformed`, `format/unsupported`.
 */
export async function readParts({ digest, index, parts }: Extract<BaselineReference, { kind: 'index' }>, signal: AbortSignal): Promise<ReadParts> {
  const opened: FileSource[] = [];
  const open = async ({ name, file }: BaselineFile): Promise<FileSource> => {
    const source = await openFileSource(file, name);
    opened.push(source);
    return source;
  };
  const close = async (): Promise<void> => {
    for (const source of opened) await source.close();
  };
  try {
    const source = await open(index);
    stopIfChanged(source, index);
    const artifact = { path: index.name, digest, bytes: source };
    const names = await partsOfIndex(artifact);
    const facets: Tensors[] = [];
    for (const part of parts) facets.push(await tensorsOf(part, await open(part), names.get(part.name) ?? [], signal));
    const owners = new Map(facets.flatMap((facet) => facet.list.map(({ name }) => [name, facet] as const)));
    const tensors: Tensors = {
      list: facets.flatMap(({ list }) => list),
      values: async (name) => {
        const owner = owners.get(name);
        if (owner === undefined) throw new GateError({ code: 'internal/unexpected', message: `The model has no tensor ${JSON.stringify(name)}.` });
        return owner.values(name);
      },
    };
    return {
      model: {
        artifact, format: 'shard-index', facets: { tensors }, problems: {}, absences: absentWeights(NO_GRAPH), unclaimed: [], companions: [],
        notes: [`${String(tensors.list.length)} tensors in ${String(parts.length)} files.`],
      },
      close,
    };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

async function tensorsOf(part: BaselineFile, source: FileSource, expected: readonly string[], signal: AbortSignal): Promise<Tensors> {
  const path = part.name;
  const [reader, ...others] = await readersOf(source, path);
  if (others.length > 0) throw ambiguous([reader, ...others], path);
  if (reader.meta.isStreamed !== true) throw failing(path, 'format/unsupported', `Its format, ${reader.meta.title}, is only read as a whole, and files of a model in several are read piece by piece.`);
  const { facets } = await readModel(source, { path, digest: part.digest, isHashed: source.identity === part.identity, reader, signal });
  if (facets.tensors === undefined) throw failing(path, 'format/unsupported', `Its format, ${reader.meta.title}, holds no tensors that can be compared.`);
  stopIfOthers(path, expected, facets.tensors.list);
  return facets.tensors;
}

function stopIfOthers(path: string, expected: readonly string[], list: readonly TensorInfo[]): void {
  const there = new Set(list.map(({ name }) => name));
  const absent = expected.filter((name) => !there.has(name));
  if (absent[0] !== undefined) throw failing(path, 'format/malformed', `It does not hold ${String(absent.length)} of the ${String(expected.length)} tensors that the index says lie in it, ${shown(absent[0])} for one.`);
  const known = new Set(expected);
  const surplus = list.filter(({ name }) => !known.has(name));
  if (surplus[0] !== undefined) throw failing(path, 'format/malformed', `It holds ${String(surplus.length)} tensors that the index does not say lie in it, ${shown(surplus[0].name)} for one.`);
}

function stopIfChanged(source: FileSource, { name, identity }: BaselineFile): void {
  if (source.identity === identity) return;
  throw new GateError({ code: 'artifact/changed', message: `${name} changed after it was hashed.`, where: { artifact: name }, nextStep: 'Run again when nothing writes to the file.' });
}

const shown = (name: string): string => JSON.stringify(name.slice(0, 100));

function failing(path: string, code: 'format/malformed' | 'format/unsupported', message: string): GateError {
  return new GateError({
    code, message: `${path}: ${message}`, where: { artifact: path },
    nextStep: code === 'format/malformed' ? 'Save the model again, index and files together.' : 'Save the model as safetensors, or name as baseline one file that holds it.',
  });
}
