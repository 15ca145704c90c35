import type { ByteSource } from '../../artifacts/byte-source.ts';
import { openMember } from '../../artifacts/open-member.ts';
import { windowedSource } from '../../artifacts/windowed-source.ts';
import { GateError } from '../../errors.ts';
import type { ArchiveMember } from '../../model/archive.ts';
import { followPickle } from '../pickle/follow-pickle.ts';
import { openWindow } from '../pickle/pickle-window.ts';
import { placeTensors, type PlacedTensors } from './place-tensors.ts';
import { tensorCollector } from './tensor-collector.ts';

/** The description of the tensors; the largest checkpoints have some 10 MB. A larger one is still inspected, as a member of its own. */
const MAX_PICKLE_BYTES = 256 * 2 ** 20;

/**
 * The tensors of a PyTorch checkpoint (1.6 and later): `NAME/data.pkl` describes them, `NAME/data/KEY` are their storages, stored. Undefined for
 * any other archive, and for a checkpoint whose description cannot be followed: that is told where the description itself is inspected.
 */
export async function tensorsInZip(source: ByteSource, members: readonly ArchiveMember[], signal: AbortSignal): Promise<PlacedTensors | undefined> {
  const pickle = members.find(({ name, kind }) => kind === 'file' && /^[^/]+\/data\.pkl$/.test(name));
  const root = pickle?.name.slice(0, -'data.pkl'.length) ?? '';
  if (pickle?.place === undefined || pickle.size > MAX_PICKLE_BYTES) return undefined;
  const order = members.find(({ name }) => name === `${root}byteorder`);
  if (order !== undefined && Buffer.from(order.head).toString('latin1').trim() === 'big') return undefined;
  const storages = new Map(members.flatMap(({ name, place }) => (name.startsWith(`${root}data/`) && place?.encoding === 'stored' ? [[name.slice(root.length + 'data/'.length), { offset: place.offset + (place.skip ?? 0), length: place.size }] as const] : [])));
  if (storages.size === 0) return undefined;
  try {
    const window = openWindow(windowedSource(await openMember(source, [pickle.place], pickle.name)));
    const collector = tensorCollector();
    await followPickle({ window, signal, ...collector.hooks });
    return placeTensors(await collector.finish(window), source, (key) => storages.get(key));
  } catch (error) {
    if (error instanceof GateError && error.code.startsWith('format/')) return undefined;
    throw error;
  }
}
