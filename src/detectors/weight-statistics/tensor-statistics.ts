/** Bins a sign and an octave; the top 12 bits of a float32 name the bin. */
const BINS_AN_OCTAVE = 8;
const BINS = 4096;

/** Columns of a matrix are looked at as channels too, up to so many: 512 kB of sums, which stay in the cache. */
const MAX_COLUMNS = 65_536;

/** Channels told apart, at 20 bytes each: the largest vocabularies have some hundred thousand rows (CWE-770). */
const MAX_CHANNELS = 4_194_304;

/** Rows and columns of the matrix that a larger tensor is thinned out to for its spectral norm. */
const SAMPLE_ROWS = 64;
const SAMPLE_COLUMNS = 256;

export interface ChannelStatistics {
  /** 'row': along the first axis, the output channels of Conv, Gemm with transB and embeddings; 'column': along the last axis of a matrix. */
  readonly axis: 'row' | 'column';
  readonly count: number;
  /** Weights a channel. */
  readonly size: number;
  readonly sumOfSquares: Float64Array;
  /** Equal channels have equal hashes; different ones nearly always different. */
  readonly hashes: Int32Array;
}

export interface TensorStatistics {
  readonly name: string;
  readonly shape: readonly number[];
  readonly count: number;
  readonly nanCount: number;
  readonly infiniteCount: number;
  /** Index of the first value that is not finite. */
  readonly firstNotFinite: number | undefined;
  /** Of the finite values. */
  readonly sum: number;
  readonly sumOfSquares: number;
  readonly sumOfFourthPowers: number;
  readonly largest: number;
  /** Values by sign, exponent and three bits of mantissa. */
  readonly histogram: Uint32Array;
  /** Longest run of equal values that are not zero, within a row. */
  readonly longestRun: { readonly length: number; readonly start: number; readonly value: number };
  /** Neighbours that are equal, of all. */
  readonly equalNeighbours: number;
  readonly channels: readonly ChannelStatistics[];
  /** The tensor as a matrix of rows and everything else, thinned out evenly where it is large. */
  readonly sample: { readonly values: Float32Array; readonly rows: number; readonly columns: number } | undefined;
}

const LARGEST_FLOAT32 = 3.4028234663852886e38;

/**
 * Gathers the statistics of one tensor in a single pass. Values come as float32 together with their bits; float64 tensors
 * are rounded to it, which changes no statistic that anything here rests on.
 */
export function tensorStatistics(name: string, shape: readonly number[], count: number): { add(values: Float32Array): void; finish(): TensorStatistics } {
  const rowCount = shape.length >= 2 ? (shape[0] ?? 1) : 1;
  const rowSize = rowCount === 0 ? 0 : count / rowCount;
  const hasRows = shape.length >= 2 && rowCount <= MAX_CHANNELS;
  const hasColumns = shape.length === 2 && rowSize <= MAX_COLUMNS && rowSize > 1;
  const rowSquares = new Float64Array(hasRows ? rowCount : 0);
  const rowHashes = new Int32Array(rowSquares.length);
  const columnSquares = new Float64Array(hasColumns ? rowSize : 0);
  const columnHashes = new Int32Array(columnSquares.length);
  const histogram = new Uint32Array(BINS);
  let [at, nanCount, infiniteCount] = [0, 0, 0];
  let firstNotFinite: number | undefined;
  let [sum, sumOfSquares, sumOfFourthPowers, largestBits] = [0, 0, 0, 0];
  let [previous, run, longest, longestEnd, longestBits, equalNeighbours] = [0, 0, 0, 0, 0, 0];
  const bitsToValue = new Float32Array(1);
  const valueBits = new Uint32Array(bitsToValue.buffer);
  const sample = sampler(rowCount, rowSize, shape.length >= 2);

  /** Values that lie in one row; the inner loop of everything. */
  const addRow = (values: Float32Array, words: Uint32Array, from: number, to: number, row: number): void => {
    let [rowSum, squares, fourths, hash, most, equal] = [0, 0, 0, hasRows ? (rowHashes[row] as number) : 0, largestBits, 0];
    let [before, length] = [previous, run];
    for (let index = from; index < to; index += 1) {
      const value = values[index] as number;
      const word = words[index] as number;
      const square = value * value;
      rowSum += value;
      squares += square;
      fourths += square * square;
      hash = Math.imul(hash ^ word, 0x9e37_79b1) + (hash >>> 15);
      histogram[word >>> 20] = (histogram[word >>> 20] as number) + 1;
      const magnitude = word & 0x7fff_ffff;
      if (magnitude > most) most = magnitude;
      if (word === before) {
        equal += 1;
        length += 1;
        if (length > longest && magnitude !== 0) {
          longest = length;
          longestEnd = at + index - from;
          longestBits = word;
        }
      } else {
        before = word;
        length = 1;
      }
    }
    [previous, run, largestBits] = [before, length, most];
    equalNeighbours += equal;
    if (!Number.isFinite(fourths)) [rowSum, squares, fourths] = finiteSums(values, from, to);
    sum += rowSum;
    sumOfSquares += squares;
    sumOfFourthPowers += fourths;
    if (hasRows) {
      rowSquares[row] = (rowSquares[row] as number) + squares;
      rowHashes[row] = hash;
    }
  };

  const finiteSums = (values: Float32Array, from: number, to: number): [number, number, number] => {
    let [rowSum, squares, fourths] = [0, 0, 0];
    for (let index = from; index < to; index += 1) {
      const value = values[index] as number;
      if (!Number.isFinite(value)) {
        if (Number.isNaN(value)) nanCount += 1;
        else infiniteCount += 1;
        firstNotFinite ??= at + index - from;
        continue;
      }
      rowSum += value;
      squares += value * value;
      fourths += value ** 4;
    }
    return [rowSum, squares, fourths];
  };

  const addColumns = (values: Float32Array, words: Uint32Array, from: number, to: number, first: number): void => {
    for (let index = from, column = first; index < to; index += 1, column += 1) {
      const value = values[index] as number;
      columnSquares[column] = (columnSquares[column] as number) + value * value;
      columnHashes[column] = Math.imul((columnHashes[column] as number) ^ (words[index] as number), 0x9e37_79b1) + ((columnHashes[column] as number) >>> 15);
    }
  };

  return {
    add(values) {
      const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
      for (let from = 0; from < values.length; ) {
        const row = Math.floor(at / rowSize);
        const column = at - row * rowSize;
        const to = Math.min(values.length, from + rowSize - column);
        if (column === 0) run = 0;
        if (run === 0) previous = ~(words[from] as number) >>> 0;
        addRow(values, words, from, to, row);
        if (hasColumns) addColumns(values, words, from, to, column);
        sample.add(values, from, to, row, column);
        at += to - from;
        from = to;
      }
    },
    finish() {
      if (largestBits > 0x7f7f_ffff) largestBits = 0x7f80_0000;
      valueBits[0] = largestBits;
      const largest = Math.min(bitsToValue[0] as number, LARGEST_FLOAT32);
      valueBits[0] = longestBits;
      const value = bitsToValue[0] as number;
      const rows: readonly ChannelStatistics[] = hasRows ? [{ axis: 'row', count: rowCount, size: rowSize, sumOfSquares: rowSquares, hashes: rowHashes }] : [];
      const columns: readonly ChannelStatistics[] = hasColumns ? [{ axis: 'column', count: rowSize, size: rowCount, sumOfSquares: columnSquares, hashes: columnHashes }] : [];
      return {
        name, shape, count, nanCount, infiniteCount, firstNotFinite, sum, sumOfSquares, sumOfFourthPowers, largest, histogram, equalNeighbours,
        longestRun: { length: longest, start: longestEnd - longest + 1, value },
        channels: [...rows, ...columns],
        sample: sample.matrix(),
      };
    },
  };
}

function sampler(rowCount: number, rowSize: number, isMatrix: boolean) {
  const rowStep = Math.max(1, Math.ceil(rowCount / SAMPLE_ROWS));
  const columnStep = Math.max(1, Math.ceil(rowSize / SAMPLE_COLUMNS));
  const rows = isMatrix ? Math.ceil(rowCount / rowStep) : 0;
  const columns = Math.ceil(rowSize / columnStep);
  const values = new Float32Array(rows * columns);
  return {
    add(all: Float32Array, from: number, to: number, row: number, column: number): void {
      if (!isMatrix || row % rowStep !== 0) return;
      const start = Math.ceil(column / columnStep);
      const offset = (row / rowStep) * columns;
      for (let at = start, index = from + start * columnStep - column; index < to; at += 1, index += columnStep) values[offset + at] = all[index] as number;
    },
    matrix: () => (isMatrix && rows > 1 && columns > 1 ? { values, rows, columns } : undefined),
  };
}

/**
 * The widest empty stretch of magnitudes above the bulk, in octaves, and how many values lie beyond it; zero octaves where
 * values lie close together. Only stretches with less than half of all values beyond them count: a bulk is what most are.
 */
export function widestGap(histogram: Uint32Array): { readonly octaves: number; readonly beyond: number; readonly occupiedBins: number } {
  const half = BINS / 2;
  // Infinity and NaN have bins of their own at the end, which are left out.
  const bins = Array.from({ length: half - BINS_AN_OCTAVE }, (_, bin) => (histogram[bin] as number) + (histogram[half + bin] as number));
  const total = bins.slice(1).reduce((all, one) => all + one, 0);
  let [beyond, empty, hasSeen] = [0, 0, false];
  let best = { octaves: 0, beyond: 0 };
  for (let bin = bins.length - 1; bin > 0; bin -= 1) {
    const here = bins[bin] as number;
    if (here === 0) {
      if (hasSeen) empty += 1;
      continue;
    }
    // Only what is a small part can stand apart from a bulk.
    if (empty / BINS_AN_OCTAVE > best.octaves && beyond * 2 < total) best = { octaves: empty / BINS_AN_OCTAVE, beyond };
    [hasSeen, empty] = [true, 0];
    beyond += here;
    if (beyond * 2 >= total) break;
  }
  return { ...best, occupiedBins: bins.filter((one) => one > 0).length };
}
