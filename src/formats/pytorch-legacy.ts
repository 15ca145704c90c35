import type { FormatReader } from './format-reader.ts';
import { isLegacyTorch } from './pickle/legacy-head.ts';
import { modelOfPickles } from './pickle/model-of-pickles.ts';
import { readPickles } from './pickle/read-pickles.ts';
import { tensorsInLegacy } from './torch/tensors-in-legacy.ts';

/**
 * PyTorch checkpoints of versions 0.1.10 to 1.5 (and later with `_use_new_zipfile_serialization=False`): five pickles
 * (magic number, protocol version, system information, the object, the storage keys) and the storages behind them.
 */
export const pytorchLegacy: FormatReader = {
  meta: {
    id: 'pytorch-legacy',
    title: 'PyTorch checkpoint (before 1.6)',
    extensions: ['.pt', '.pth', '.bin', '.ckpt'],
    specification: 'https://github.com/pytorch/pytorch/blob/v2.9.0/torch/serialization.py (_legacy_save)',
    provides: ['code', 'tensors'],
    since: '0.1.0',
  },
  match(head) {
    return isLegacyTorch(head) ? 'certain' : undefined;
  },
  async read(artifact, { signal }) {
    const model = modelOfPickles(artifact, 'pytorch-legacy', await readPickles(artifact.bytes, signal));
    const tensors = await tensorsInLegacy(artifact.bytes, signal);
    return tensors === undefined ? model : { ...model, facets: { ...model.facets, tensors: tensors.facet }, notes: [...model.notes, tensors.note] };
  },
};
