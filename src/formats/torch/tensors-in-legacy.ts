import type { ByteSource } from '../../artifacts/byte-source.ts';
import { windowedSource } from '../../artifacts/windowed-source.ts';
import { GateError } from '../../errors.ts';
import { followPickle } from '../pickle/follow-pickle.ts';
import { LEGACY_STREAMS, legacyStorages, type StorageId } from '../pickle/legacy-storages.ts';
import { openWindow } from '../pickle/pickle-window.ts';
import { placeTensors, type PlacedTensors } from './place-tensors.ts';
import { tensorCollector } from './tensor-collector.ts';

/** The tensors of a PyTorch checkpoint before 1.6: described by its fourth pickle, their storages behind the fifth. */
export async function tensorsInLegacy(source: ByteSource, signal: AbortSignal): Promise<PlacedTensors | undefined> {
  const window = openWindow(windowedSource(source));
  const collector = tensorCollector();
  const storages: StorageId[] = [];
  try {
    for (let stream = 0; stream < LEGACY_STREAMS; stream += 1) {
      const followed = await followPickle({ window, signal, ...collector.hooks, onPersistent: (id) => void storages.push({ id }) });
      if (followed.break !== undefined) return undefined;
    }
    const { places } = await legacyStorages(window, storages);
    return placeTensors(await collector.finish(window), source, (key) => places.get(key));
  } catch (error) {
    if (error instanceof GateError && error.code.startsWith('format/')) return undefined;
    throw error;
  }
}
