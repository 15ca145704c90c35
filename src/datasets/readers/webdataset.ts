import type { DatasetFile } from '../../artifacts/dataset-files.ts';
import type { ByteSource } from '../../artifacts/byte-source.ts';
import { memorySource } from '../../artifacts/memory-source.ts';
import type { BrokenSample } from '../../model/dataset.ts';
import type { DatasetReader, RawRecord, ReadableFiles } from '../dataset-reader.ts';
import { MAX_IMAGE_BYTES, MAX_WHOLE_FILE_BYTES } from '../dataset-limits.ts';
import { gunzip } from '../gunzip.ts';
import { brokenSample } from '../open-dataset/broken-sample.ts';
import { encodedImage } from '../sample-content.ts';
import { tarMembers, type TarMember } from './webdataset/tar-members.ts';

/** A label, a caption, a description. */
const MAX_TEXT_BYTES = 4 * 2 ** 20;

/** Files of one sample; WebDataset shards have two to ten. */
const MAX_GROUP_FILES = 100;

/**
 * WebDataset: tar shards in which the files of one sample follow each other and share a name up to the first dot: 000123.jpg,
 * 000123.cls. An image is the sample; without one, its text. A sample's id is its shard and that name.
 */
export const webdataset: DatasetReader = {
  id: 'webdataset',
  title: 'WebDataset shards (.tar)',
  async open(files, all) {
    const kind = await kindOf(files, all);
    return {
      kind, claimed: new Set(files.map(({ path }) => path)), notes: [],
      async *records(signal, isWanted = () => true): AsyncGenerator<RawRecord | undefined> {
        let at = 0;
        for (const file of files) {
          for await (const record of recordsOf(file, all, kind, signal, () => isWanted(at))) {
            at += 1;
            yield record;
          }
        }
      },
    };
  },
};

async function kindOf(files: readonly DatasetFile[], all: ReadableFiles): Promise<'image' | 'text'> {
  for (const file of files) {
    for await (const record of recordsOf(file, all, 'image', new AbortController().signal)) if (record !== undefined && 'sample' in record) return record.sample.content.kind === 'text' ? 'text' : 'image';
  }
  return 'image';
}

/** Asks before each record whether it is wanted; of one that is not the tar headers are read and nothing else. */
async function* recordsOf(file: DatasetFile, all: ReadableFiles, kind: 'image' | 'text', signal: AbortSignal, isNextWanted: () => boolean = () => true): AsyncGenerator<RawRecord | undefined> {
  const source = await all.open(file);
  const seen = new Set<string>();
  let record = 0;
  try {
    const head = await source.read(0, Math.min(2, source.size));
    const isPacked = head[0] === 0x1f && head[1] === 0x8b;
    const bytes = isPacked ? memorySource(await gunzip(await all.read(file, MAX_WHOLE_FILE_BYTES))) : source;
    for await (const group of groupsOf(tarMembers(bytes))) {
      signal.throwIfAborted();
      const place = { file: file.path, record };
      record += 1;
      if (seen.has(group.key)) yield brokenSample(place, new Error(`Another sample of the shard is called ${group.key} too.`));
      else yield isNextWanted() ? await sampleOf(group, bytes, { id: `${file.path}#${group.key}`, place, kind }) : undefined;
      seen.add(group.key);
    }
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    yield brokenSample({ file: file.path, record }, thrown);
  } finally {
    await source.close();
  }
}

interface Group {
  readonly key: string;
  /** By what follows the first dot, in lower case. */
  readonly members: ReadonlyMap<string, TarMember>;
}

async function* groupsOf(members: AsyncIterable<TarMember>): AsyncGenerator<Group> {
  let key: string | undefined;
  let group = new Map<string, TarMember>();
  for await (const member of members) {
    const slash = member.name.lastIndexOf('/') + 1;
    const dot = member.name.indexOf('.', slash);
    // Folders' own files and those without an ending belong to no sample.
    if (dot <= slash) continue;
    const its = member.name.slice(0, dot);
    if (key !== undefined && its !== key) yield { key, members: group };
    if (its !== key) [key, group] = [its, new Map()];
    if (group.size < MAX_GROUP_FILES) group.set(member.name.slice(dot + 1).toLowerCase(), member);
  }
  if (key !== undefined) yield { key, members: group };
}

const IMAGES = ['jpg', 'jpeg', 'png', 'image.jpg', 'image.png'] as const;
const LABELS = ['cls', 'label', 'label.txt', 'cls.txt'] as const;

async function sampleOf({ members }: Group, source: ByteSource, { id, place, kind }: { readonly id: string; readonly place: BrokenSample['place']; readonly kind: 'image' | 'text' }): Promise<RawRecord> {
  const read = async (member: TarMember, maxBytes: number): Promise<Uint8Array> => {
    if (member.size > maxBytes) throw new Error(`${member.name} has ${String(member.size)} bytes; at most ${String(maxBytes)} are read.`);
    return source.read(member.offset, member.size);
  };
  try {
    const label = await labelOf(members, (member) => read(member, MAX_TEXT_BYTES));
    const image = IMAGES.map((ending) => members.get(ending)).find((one) => one !== undefined);
    const text = members.get('txt');
    const labelled = { id, place, ...(label === undefined ? {} : { label }) };
    if (image !== undefined) return { sample: { ...labelled, content: encodedImage(await read(image, MAX_IMAGE_BYTES)) } };
    if (text !== undefined) return { sample: { ...labelled, content: { kind: 'text', text: decode(await read(text, MAX_TEXT_BYTES)) } } };
    return brokenSample(place, new Error(`It has neither ${kind === 'text' ? 'a text' : 'an image'} nor anything else that is read, but ${[...members.keys()].slice(0, 4).join(', ')}.`));
  } catch (thrown) {
    return brokenSample(place, thrown);
  }
}

async function labelOf(members: Group['members'], read: (member: TarMember) => Promise<Uint8Array>): Promise<string | undefined> {
  const plain = LABELS.map((ending) => members.get(ending)).find((one) => one !== undefined);
  if (plain !== undefined) return decode(await read(plain)).trim() || undefined;
  const description = members.get('json');
  if (description === undefined) return undefined;
  const value: unknown = JSON.parse(decode(await read(description)));
  const given = ['label', 'cls', 'class'].map((key) => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined)).find((one) => one !== undefined);
  return typeof given === 'string' || typeof given === 'number' ? String(given) : undefined;
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
}
