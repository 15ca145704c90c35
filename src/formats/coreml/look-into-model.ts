import type { ByteSource } from '../../artifacts/byte-source.ts';
import { GateError } from '../../errors.ts';
import type { FileOddity } from '../../model/structure.ts';
import { odditiesOfText } from '../oddities/oddities-of-text.ts';
import { oddityOfPath } from '../oddities/oddity-of-path.ts';
import { shown } from '../oddities/shown.ts';
import { walkFields, type FieldBudget, type WireField } from './walk-fields.ts';

/** Pipelines in pipelines (CWE-674). */
const MAX_DEPTH = 32;
/** A name or a description that is read into memory. */
const MAX_TEXT_BYTES = 2 ** 20;
const MAX_TOLD = 1_000;

/** Field numbers of Model.proto and NeuralNetwork.proto. */
const DESCRIPTION = 2;
const METADATA = 100;
const PIPELINES: ReadonlySet<number> = new Set([200, 201]);
const PIPELINE = 202;
const NETWORKS: ReadonlySet<number> = new Set([303, 403, 500]);
const CUSTOM_MODEL = 555;
const LINKED_MODEL = 556;
const SERIALIZED_MODEL = 3000;
const LAYERS = 1;
const CUSTOM_LAYER = 500;
const CLASS_NAME = 10;

export interface CoreMlFindings {
  readonly oddities: readonly FileOddity[];
  readonly version: number;
  readonly layers: number;
}

const utf8 = new TextDecoder('utf-8');

/** What a Core ML model needs from elsewhere: classes of the program that loads it, other files, and what its description holds. */
export async function lookIntoModel(source: ByteSource, budget: FieldBudget): Promise<CoreMlFindings> {
  const oddities: FileOddity[] = [];
  const classes = new Map<string, number>();
  let version = 0;
  let layers = 0;
  const tell = (found: readonly FileOddity[]): void => {
    if (oddities.length < MAX_TOLD) oddities.push(...found);
  };
  const text = async ({ offset, length }: WireField): Promise<string> => utf8.decode(await source.read(offset, Math.min(length, MAX_TEXT_BYTES)));
  const fields = (of: Pick<WireField, 'offset' | 'length'>) => walkFields(source, of.offset, of.offset + of.length, budget);

  /** The text that lies in these fields of messages in messages. */
  async function textsAt(of: WireField, path: readonly number[]): Promise<readonly string[]> {
    const [number, ...rest] = path;
    if (number === undefined) return [await text(of)];
    const found: string[] = [];
    for await (const field of fields(of)) if (field.number === number && field.kind === 'bytes') found.push(...(await textsAt(field, rest)));
    return found;
  }

  async function network(of: WireField): Promise<void> {
    for await (const layer of fields(of)) {
      if (layer.number !== LAYERS || layer.kind !== 'bytes') continue;
      layers += 1;
      for await (const part of fields(layer)) {
        if (part.number !== CUSTOM_LAYER || part.kind !== 'bytes') continue;
        const [name = ''] = await textsAt(part, [CLASS_NAME]);
        classes.set(name, (classes.get(name) ?? 0) + 1);
      }
    }
  }

  async function metadata(of: WireField): Promise<void> {
    for await (const part of fields(of)) {
      if (part.number !== METADATA || part.kind !== 'bytes') continue;
      for await (const entry of fields(part)) {
        if (entry.kind !== 'bytes') continue;
        // userDefined is a map: messages of a key and a value.
        const values = entry.number === METADATA ? await textsAt(entry, [2]) : [await text(entry)];
        for (const value of values) tell(odditiesOfText(value, entry.number === METADATA ? 'user-defined metadata' : 'the description'));
      }
    }
  }

  async function model(of: Pick<WireField, 'offset' | 'length'>, depth: number): Promise<void> {
    if (depth > MAX_DEPTH) throw new GateError({ code: 'format/limit-exceeded', message: `Models are nested more than ${String(MAX_DEPTH)} deep.`, where: { offset: of.offset } });
    for await (const field of fields(of)) {
      if (field.kind === 'varint' && field.number === 1 && depth === 0) version = field.value;
      if (field.kind !== 'bytes') continue;
      if (field.number === DESCRIPTION) await metadata(field);
      else if (NETWORKS.has(field.number)) await network(field);
      else if (field.number === PIPELINE) await pipeline(field, depth);
      else if (PIPELINES.has(field.number)) for await (const inner of fields(field)) {
        if (inner.number === 1 && inner.kind === 'bytes') await pipeline(inner, depth);
      }
      else if (field.number === CUSTOM_MODEL) for (const name of await textsAt(field, [CLASS_NAME])) tell([unknownClass(name, 'The model itself is an object of it.', field)]);
      else if (field.number === LINKED_MODEL) for (const path of [...(await textsAt(field, [1, 1, 1])), ...(await textsAt(field, [1, 2, 1]))]) tell([oddityOfPath(path, 'a linked model')]);
      else if (field.number === SERIALIZED_MODEL) for (const name of await textsAt(field, [1])) tell([unknownClass(name, 'The model holds bytes that only this framework reads.', field)]);
    }
  }

  async function pipeline(of: WireField, depth: number): Promise<void> {
    for await (const inner of fields(of)) if (inner.number === 1 && inner.kind === 'bytes') await model(inner, depth + 1);
  }

  await model({ offset: 0, length: source.size }, 0);
  for (const [name, count] of classes) tell([{ kind: 'custom-operator', place: name.slice(0, 200), detail: `${String(count)} ${count === 1 ? 'layer is' : 'layers are'} run by this class, which the loading program has to bring along.` }]);
  return { oddities, version, layers };
}

function unknownClass(name: string, detail: string, { offset, length }: WireField): FileOddity {
  return { kind: 'unknown-class', place: shown(name), bytes: { offset, length }, detail };
}
