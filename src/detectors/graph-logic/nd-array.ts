/** Numbers with a shape, row-major. Integers and booleans (0 and 1) are held as doubles too: gates need no more. */
export interface NdArray {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1);
}

export function ndArray(shape: readonly number[], data: ArrayLike<number>): NdArray {
  return { shape, data: data instanceof Float64Array ? data : Float64Array.from(data) };
}

/** numpy's rule; undefined when the shapes do not fit each other. */
export function broadcastShape(shapes: readonly (readonly number[])[]): readonly number[] | undefined {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  const out: number[] = [];
  for (let axis = 0; axis < rank; axis += 1) {
    let dim = 1;
    for (const shape of shapes) {
      const at = shape[axis - rank + shape.length] ?? 1;
      if (at === 1) continue;
      if (dim !== 1 && dim !== at) return undefined;
      dim = at;
    }
    out.push(dim);
  }
  return out;
}

export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis -= 1) strides[axis] = (strides[axis + 1] ?? 1) * (shape[axis + 1] ?? 1);
  return strides;
}

/** For each element of an array of this shape, a place in another one: `base + Σ position · steps`. */
export function* placesOf(shape: readonly number[], steps: readonly number[], base = 0): Generator<number> {
  const position = new Array<number>(shape.length).fill(0);
  let place = base;
  for (let left = sizeOf(shape); left > 0; left -= 1) {
    yield place;
    for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
      const next = (position[axis] ?? 0) + 1;
      place += steps[axis] ?? 0;
      if (next < (shape[axis] ?? 0)) {
        position[axis] = next;
        break;
      }
      place -= next * (steps[axis] ?? 0);
      position[axis] = 0;
    }
  }
}

/** A view of some places of an array, copied. */
export function gathered(source: NdArray, shape: readonly number[], steps: readonly number[], base = 0): NdArray {
  const data = new Float64Array(sizeOf(shape));
  let at = 0;
  for (const place of placesOf(shape, steps, base)) data[at++] = source.data[place] ?? NaN;
  return { shape, data };
}

/** The array repeated along axes of length one (and new ones in front) up to this shape. */
export function broadcastTo(source: NdArray, shape: readonly number[]): NdArray {
  if (source.shape.length === shape.length && source.shape.every((dim, axis) => dim === shape[axis])) return source;
  if (source.data.length === 1) return { shape, data: new Float64Array(sizeOf(shape)).fill(source.data[0] ?? NaN) };
  const own = stridesOf(source.shape);
  const lead = shape.length - source.shape.length;
  return gathered(source, shape, shape.map((_, axis) => ((source.shape[axis - lead] ?? 1) === 1 ? 0 : (own[axis - lead] ?? 0))));
}

/** Element by element over arrays that fit each other. */
export function combined(arrays: readonly NdArray[], calculate: (...values: number[]) => number): NdArray | undefined {
  const shape = broadcastShape(arrays.map((one) => one.shape));
  if (shape === undefined) return undefined;
  const all = arrays.map((one) => broadcastTo(one, shape).data);
  const data = new Float64Array(sizeOf(shape));
  const [first, second] = all;
  if (first !== undefined && second !== undefined && all.length === 2) {
    for (let at = 0; at < data.length; at += 1) data[at] = calculate(first[at] ?? NaN, second[at] ?? NaN);
  } else {
    for (let at = 0; at < data.length; at += 1) data[at] = calculate(...all.map((one) => one[at] ?? NaN));
  }
  return { shape, data };
}

export function normalAxis(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/** [product before, length of, product behind] an axis. */
export function aroundAxis(shape: readonly number[], axis: number): readonly [outer: number, length: number, inner: number] {
  return [sizeOf(shape.slice(0, axis)), shape[axis] ?? 1, sizeOf(shape.slice(axis + 1))];
}
