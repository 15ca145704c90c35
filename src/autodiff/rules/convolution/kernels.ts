export interface Kernel {
  readonly values: Float32Array;
  readonly dims: readonly number[];
}

/** [M, C/g, …k] → [C, M/g, …k], every spatial axis reversed: within each group in- and output channels change places. */
export function flippedKernel(kernel: Float32Array | Float64Array, shape: readonly number[], group: number): Kernel {
  const [outs = 1, ins = 1] = shape;
  const spatial = shape.slice(2);
  const size = product(spatial);
  const outsInGroup = outs / group;
  const values = new Float32Array(kernel.length);
  for (let g = 0; g < group; g += 1) {
    for (let m = 0; m < outsInGroup; m += 1) {
      for (let c = 0; c < ins; c += 1) {
        const from = ((g * outsInGroup + m) * ins + c) * size;
        const to = ((g * ins + c) * outsInGroup + m) * size;
        // Reversing every axis of a row-major block is reversing the block.
        for (let at = 0; at < size; at += 1) values[to + at] = kernel[from + size - 1 - at] ?? 0;
      }
    }
  }
  return { values, dims: [ins * group, outsInGroup, ...spatial] };
}

/** [M, C, h, w] → [s²·C, M, ⌈h/s⌉, ⌈w/s⌉]: channel (r·s + q)·C + c holds the flipped taps of phase (r, q). */
export function phaseKernel(kernel: Float32Array | Float64Array, shape: readonly number[], stride: number): Kernel {
  const [outs = 1, ins = 1, height = 1, width = 1] = shape;
  const [rows, columns] = [Math.ceil(height / stride), Math.ceil(width / stride)];
  const values = new Float32Array(stride * stride * ins * outs * rows * columns);
  for (let m = 0; m < outs; m += 1) {
    for (let c = 0; c < ins; c += 1) {
      for (let y = 0; y < height; y += 1) {
        for (let x = 0; x < width; x += 1) {
          const channel = ((y % stride) * stride + (x % stride)) * ins + c;
          const [row, column] = [rows - 1 - Math.floor(y / stride), columns - 1 - Math.floor(x / stride)];
          values[((channel * outs + m) * rows + row) * columns + column] = kernel[((m * ins + c) * height + y) * width + x] ?? 0;
        }
      }
    }
  }
  return { values, dims: [stride * stride * ins, outs, rows, columns] };
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total * size, 1);
}
