import type { ReferenceFile } from '../../src/reference/reference-file.ts';
import { quantizedRow } from '../../src/reference/quantized-row.ts';
import { toyReference } from '../support/reference-models.ts';

/** A small valid reference file. */
export function smallFile(counts = { clean: 2, backdoored: 1 }): ReferenceFile {
  const reference = toyReference([[6, 8], [4, 6]], counts);
  const { seed, projectionLength, varianceKept, decomposition, classifier, layers, models } = reference;
  return {
    kind: 'modelgate-reference',
    version: 1,
    builtBy: 'a test',
    settings: { seed, projectionLength, varianceKept, decomposition, classifier },
    layers: layers.map(({ name, shape }) => ({ name, shape: [...shape] })),
    models: models.map(({ path, digest, label, projections }) => ({
      path, digest, label,
      rows: layers.map((_, place) => quantizedRow(projections.subarray(place * projectionLength, (place + 1) * projectionLength))),
    })),
    validation: [],
  };
}
