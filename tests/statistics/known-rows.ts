/** Twenty-four rows of three features without any chance, the first of every three a one; outside references are computed on the same. */
export const knownRows: readonly Float64Array[] = Array.from({ length: 24 }, (_, row) =>
  Float64Array.from({ length: 3 }, (_unused, feature) => Math.sin(1.3 * row + 0.7 * feature * feature) + (row % 3 === 0 && feature === 1 ? 0.8 : 0)),
);

export const knownLabels: readonly number[] = Array.from({ length: 24 }, (_, row) => (row % 3 === 0 ? 1 : 0));
