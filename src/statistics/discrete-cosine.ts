/**
 * Orthonormal DCT-II of a `height` × `width` plane, coefficient (0, 0) first: as `scipy.fft.dctn(plane, norm="ortho")`. Separable, by two
 * products with a cosine matrix: for planes of up to about a hundred pixels a side that is as fast as a fast transform in this language.
 */
export function discreteCosine(height: number, width: number): (plane: ArrayLike<number>, offset?: number) => Float32Array {
  const rows = cosines(height);
  const columns = width === height ? rows : cosines(width);
  const half = new Float64Array(height * width);
  return (plane, offset = 0) => {
    for (let y = 0; y < height; y += 1) {
      for (let u = 0; u < width; u += 1) {
        let sum = 0;
        for (let x = 0; x < width; x += 1) sum += (plane[offset + y * width + x] as number) * (columns[u * width + x] as number);
        half[y * width + u] = sum;
      }
    }
    const result = new Float32Array(height * width);
    for (let v = 0; v < height; v += 1) {
      for (let u = 0; u < width; u += 1) {
        let sum = 0;
        for (let y = 0; y < height; y += 1) sum += (half[y * width + u] as number) * (rows[v * height + y] as number);
        result[v * width + u] = sum;
      }
    }
    return result;
  };
}

/** Row u holds the u-th cosine, with length 1. */
function cosines(size: number): Float64Array {
  const matrix = new Float64Array(size * size);
  for (let u = 0; u < size; u += 1) {
    const scale = Math.sqrt((u === 0 ? 1 : 2) / size);
    for (let x = 0; x < size; x += 1) matrix[u * size + x] = scale * Math.cos((Math.PI * (2 * x + 1) * u) / (2 * size));
  }
  return matrix;
}
