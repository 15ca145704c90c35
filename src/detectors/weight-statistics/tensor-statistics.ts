/** Bins a sign and an octave; the top 12 bits of a float32 name the bin. */
const BINS_AN_OCTAVE = 8;
const BINS = 4096;

/** Columns of a matrix are looked at as channels too, up to so many: 512 kB of sums, which stay in the cache. */
const MAX_COLUMNS = 65_536;

/** Rows that a column's hash is made of; columns equal in these and in their sum of all squares are equal. */
const HASHED_ROWS = 64;

/** Weights below are dead, whatever made them so: weight decay takes years to zero. */
export const SMALLEST_ALIVE = 1e-8;

/** Channels told apart, at 20 bytes each: the largest vocabularies have some hundred thousand rows (CWE-770). */
const MAX_CHANNELS = 4_194_304;

/** Rows and columns of the matrix that a larger tensor is thinned out to for its spectral norm. */
const SAMPLE_ROWS = 64;
const SAMPLE_COLUMNS = 256;

/** 2^32 over the golden ratio, odd: multiplying by it spreads every bit (Knuth, The Art of Computer Programming, 6.4), as a signed number. */
const MULTIPLIER = 0x9e37_79b1 | 0;
/** Take several steps of a hash at once, modulo 2^32, so that the next does not wait for the one before. */
const MULTIPLIER_2 = Math.imul(MULTIPLIER, MULTIPLIER);
const MULTIPLIER_3 = Math.imul(MULTIPLIER_2, MULTIPLIER);
const MULTIPLIER_4 = Math.imul(MULTIPLIER_2, MULTIPLIER_2);

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
  readonly sumOfSquares: number;
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
  // Values at even and at odd places apart until the end: neighbours that share a bin would wait for each other.
  const halves = new Int32Array(2 * BINS);
  let [at, nanCount, infiniteCount] = [0, 0, 0];
  let firstNotFinite: number | undefined;
  let sumOfSquares = 0;
  let [lastWord, run, longest, longestEnd, longestBits, equalNeighbours] = [-1, 0, 0, 0, 0, 0];
  const bitsToValue = new Float32Array(1);
  const valueBits = new Int32Array(bitsToValue.buffer);
  const sample = sampler(rowCount, rowSize, shape.length >= 2);

  const [sums, otherSums] = [new Float64Array(SUMS), new Float64Array(SUMS)];

  const startRow = (into: Float64Array, words: Int32Array, from: number, row: number): void => {
    into[HASH] = hasRows ? (rowHashes[row] as number) : 0;
    into[PREVIOUS] = from === 0 ? lastWord : (words[from - 1] as number);
  };

  /** What was summed up of values that lie in one row. */
  const addRow = (sums: Float64Array, values: Float32Array, words: Int32Array, from: number, to: number, row: number, column: number): void => {
    if (column === 0) run = 0;
    const equal = sums[EQUAL] as number;
    equalNeighbours += equal;
    if (equal > 0) followRuns(words, from, to);
    else run = 1;
    // The square of a finite float32 is a finite float64.
    const squares = Number.isFinite(sums[SQUARES]) ? (sums[SQUARES] as number) : finiteSquares(values, from, to);
    sumOfSquares += squares;
    if (hasRows) {
      rowSquares[row] = (rowSquares[row] as number) + squares;
      rowHashes[row] = sums[HASH] as number;
    }
    if (hasColumns && row < HASHED_ROWS) addHashes(words, from, to, column, columnHashes);
    sample.add(values, from, to, row, column);
    at += to - from;
  };

  /** Runs of equal values, for the few rows that have any. `run` is the length of the one that reaches the end. */
  const followRuns = (words: Int32Array, from: number, to: number): void => {
    let before = run > 0 ? lastWord : ~(words[from] as number);
    for (let index = from; index < to; index += 1) {
      const word = words[index] as number;
      run = word === before ? run + 1 : 1;
      before = word;
      if (run > 1 && run > longest && (word & MAGNITUDE) !== 0) [longest, longestEnd, longestBits] = [run, at + index - from, word];
    }
  };

  const finiteSquares = (values: Float32Array, from: number, to: number): number => {
    let squares = 0;
    for (let index = from; index < to; index += 1) {
      const value = values[index] as number;
      if (!Number.isFinite(value)) {
        if (Number.isNaN(value)) nanCount += 1;
        else infiniteCount += 1;
        firstNotFinite ??= at + index - from;
        continue;
      }
      squares += value * value;
    }
    return squares;
  };

  return {
    add(values) {
      // Signed, because numbers from 2^31 on are no small integers to the engine.
      const words = new Int32Array(values.buffer, values.byteOffset, values.length);
      for (let from = 0; from < values.length; ) {
        const row = Math.floor(at / rowSize);
        const column = at - row * rowSize;
        const to = Math.min(values.length, from + rowSize - column);
        startRow(sums, words, from, row);
        // An odd column at the end would need a loop of its own.
        if (hasColumns && column === 0 && rowSize % 2 === 0 && to + rowSize <= values.length) {
          startRow(otherSums, words, to, row + 1);
          sumUpTwoRows(values, words, from, to, halves, sums, otherSums, columnSquares);
          addRow(sums, values, words, from, to, row, 0);
          addRow(otherSums, values, words, to, to + rowSize, row + 1, 0);
          from = to + rowSize;
          continue;
        }
        if (hasColumns) sumUpMatrix(values, words, from, to, column, halves, sums, columnSquares);
        else sumUp(values, words, from, to, halves, sums);
        addRow(sums, values, words, from, to, row, column);
        from = to;
      }
      lastWord = words[words.length - 1] ?? 0;
    },
    finish() {
      const histogram = Uint32Array.from({ length: BINS }, (_, bin) => (halves[bin] as number) + (halves[BINS + bin] as number));
      valueBits[0] = longestBits;
      const value = bitsToValue[0] as number;
      const rows: readonly ChannelStatistics[] = hasRows ? [{ axis: 'row', count: rowCount, size: rowSize, sumOfSquares: rowSquares, hashes: rowHashes }] : [];
      const columns: readonly ChannelStatistics[] = hasColumns ? [{ axis: 'column', count: rowSize, size: rowCount, sumOfSquares: columnSquares, hashes: columnHashes }] : [];
      return {
        name, shape, count, nanCount, infiniteCount, firstNotFinite, sumOfSquares, histogram, equalNeighbours,
        longestRun: { length: longest, start: longestEnd - longest + 1, value },
        channels: [...rows, ...columns],
        sample: sample.matrix(),
      };
    },
  };
}

/** Places in the array through which the inner loop hands over its numbers: an array, because objects would be made anew a row. */
const [SQUARES, HASH, PREVIOUS, EQUAL, SUMS] = [0, 1, 2, 3, 4] as const;

/** Everything of a float32 but its sign. */
const MAGNITUDE = 0x7fff_ffff;

/**
 * The inner loop of everything, four weights a turn and their squares added in order; on its own, without closures, and with counts that
 * are small integers to the engine, which is what makes it so.
 */
function sumUp(values: Float32Array, words: Int32Array, from: number, to: number, histogram: Int32Array, sums: Float64Array): void {
  // One by one: variables that begin as members of an array are slower to the engine by half.
  let squares = 0;
  let equal = 0;
  let hash = (sums[HASH] as number) | 0;
  let before = (sums[PREVIOUS] as number) | 0;
  let index = from;
  for (; index + 3 < to; index += 4) {
    const value = values[index] as number;
    const value2 = values[index + 1] as number;
    const value3 = values[index + 2] as number;
    const value4 = values[index + 3] as number;
    const word = words[index] as number;
    const word2 = words[index + 1] as number;
    const word3 = words[index + 2] as number;
    const word4 = words[index + 3] as number;
    squares = squares + value * value + value2 * value2 + value3 * value3 + value4 * value4;
    hash = (Math.imul(hash, MULTIPLIER_4) + Math.imul(word, MULTIPLIER_3) + Math.imul(word2, MULTIPLIER_2) + Math.imul(word3, MULTIPLIER) + word4) | 0;
    const bin = word >>> 20;
    const bin2 = (word2 >>> 20) + BINS;
    const bin3 = word3 >>> 20;
    const bin4 = (word4 >>> 20) + BINS;
    histogram[bin] = ((histogram[bin] as number) + 1) | 0;
    histogram[bin2] = ((histogram[bin2] as number) + 1) | 0;
    histogram[bin3] = ((histogram[bin3] as number) + 1) | 0;
    histogram[bin4] = ((histogram[bin4] as number) + 1) | 0;
    if (word === before) equal = (equal + 1) | 0;
    if (word2 === word) equal = (equal + 1) | 0;
    if (word3 === word2) equal = (equal + 1) | 0;
    if (word4 === word3) equal = (equal + 1) | 0;
    before = word4;
  }
  for (; index < to; index += 1) {
    const value = values[index] as number;
    const word = words[index] as number;
    squares += value * value;
    hash = (Math.imul(hash, MULTIPLIER) + word) | 0;
    const bin = word >>> 20;
    histogram[bin] = ((histogram[bin] as number) + 1) | 0;
    if (word === before) equal = (equal + 1) | 0;
    before = word;
  }
  sums[SQUARES] = squares;
  sums[HASH] = hash;
  sums[EQUAL] = equal;
}

/** The same for a part of a row of a matrix, whose columns get their squares in passing. */
function sumUpMatrix(values: Float32Array, words: Int32Array, from: number, to: number, first: number, histogram: Int32Array, sums: Float64Array, columns: Float64Array): void {
  let squares = 0;
  let equal = 0;
  let hash = (sums[HASH] as number) | 0;
  let before = (sums[PREVIOUS] as number) | 0;
  for (let index = from, column = first; index < to; index += 1, column += 1) {
    const value = values[index] as number;
    const word = words[index] as number;
    const square = value * value;
    squares += square;
    columns[column] = (columns[column] as number) + square;
    hash = (Math.imul(hash, MULTIPLIER) + word) | 0;
    const bin = word >>> 20;
    histogram[bin] = ((histogram[bin] as number) + 1) | 0;
    if (word === before) equal = (equal + 1) | 0;
    before = word;
  }
  sums[SQUARES] = squares;
  sums[HASH] = hash;
  sums[EQUAL] = equal;
}

/** The same for two whole rows of a matrix, from `from` and `middle` on, two columns a turn: a column's sum is fetched and stored once for both. */
function sumUpTwoRows(values: Float32Array, words: Int32Array, from: number, middle: number, histogram: Int32Array, upperSums: Float64Array, lowerSums: Float64Array, columns: Float64Array): void {
  let upperSquares = 0;
  let lowerSquares = 0;
  let upperEqual = 0;
  let lowerEqual = 0;
  let upperHash = (upperSums[HASH] as number) | 0;
  let lowerHash = (lowerSums[HASH] as number) | 0;
  let upperBefore = (upperSums[PREVIOUS] as number) | 0;
  let lowerBefore = (lowerSums[PREVIOUS] as number) | 0;
  let upper = from;
  let lower = middle;
  let column = 0;
  for (; upper + 1 < middle; upper += 2, lower += 2, column += 2) {
    const upperValue = values[upper] as number;
    const lowerValue = values[lower] as number;
    const upperValue2 = values[upper + 1] as number;
    const lowerValue2 = values[lower + 1] as number;
    const upperWord = words[upper] as number;
    const lowerWord = words[lower] as number;
    const upperWord2 = words[upper + 1] as number;
    const lowerWord2 = words[lower + 1] as number;
    const upperSquare = upperValue * upperValue;
    const lowerSquare = lowerValue * lowerValue;
    const upperSquare2 = upperValue2 * upperValue2;
    const lowerSquare2 = lowerValue2 * lowerValue2;
    upperSquares = upperSquares + upperSquare + upperSquare2;
    lowerSquares = lowerSquares + lowerSquare + lowerSquare2;
    columns[column] = (columns[column] as number) + upperSquare + lowerSquare;
    columns[column + 1] = (columns[column + 1] as number) + upperSquare2 + lowerSquare2;
    upperHash = (Math.imul(upperHash, MULTIPLIER_2) + Math.imul(upperWord, MULTIPLIER) + upperWord2) | 0;
    lowerHash = (Math.imul(lowerHash, MULTIPLIER_2) + Math.imul(lowerWord, MULTIPLIER) + lowerWord2) | 0;
    const upperBin = upperWord >>> 20;
    const lowerBin = (lowerWord >>> 20) + BINS;
    const upperBin2 = upperWord2 >>> 20;
    const lowerBin2 = (lowerWord2 >>> 20) + BINS;
    histogram[upperBin] = ((histogram[upperBin] as number) + 1) | 0;
    histogram[lowerBin] = ((histogram[lowerBin] as number) + 1) | 0;
    histogram[upperBin2] = ((histogram[upperBin2] as number) + 1) | 0;
    histogram[lowerBin2] = ((histogram[lowerBin2] as number) + 1) | 0;
    if (upperWord === upperBefore) upperEqual = (upperEqual + 1) | 0;
    if (lowerWord === lowerBefore) lowerEqual = (lowerEqual + 1) | 0;
    if (upperWord2 === upperWord) upperEqual = (upperEqual + 1) | 0;
    if (lowerWord2 === lowerWord) lowerEqual = (lowerEqual + 1) | 0;
    upperBefore = upperWord2;
    lowerBefore = lowerWord2;
  }
  upperSums[SQUARES] = upperSquares;
  upperSums[HASH] = upperHash;
  upperSums[EQUAL] = upperEqual;
  lowerSums[SQUARES] = lowerSquares;
  lowerSums[HASH] = lowerHash;
  lowerSums[EQUAL] = lowerEqual;
}

function addHashes(words: Int32Array, from: number, to: number, first: number, hashes: Int32Array): void {
  for (let index = from, column = first; index < to; index += 1, column += 1) hashes[column] = (Math.imul(hashes[column] as number, MULTIPLIER) + (words[index] as number)) | 0;
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
 * values lie close together, and where what lies below is what weight decay leaves of dead channels. Only stretches with less than half of all values beyond them count: a bulk is what most are.
 */
export function widestGap(histogram: Uint32Array): { readonly octaves: number; readonly beyond: number; readonly occupiedBins: number } {
  const half = BINS / 2;
  // Infinity and NaN have bins of their own at the end, which are left out.
  const bins = Array.from({ length: half - BINS_AN_OCTAVE }, (_, bin) => (histogram[bin] as number) + (histogram[half + bin] as number));
  const lowest = (Math.floor(Math.log2(SMALLEST_ALIVE)) + 127) * BINS_AN_OCTAVE;
  const total = bins.slice(lowest).reduce((all, one) => all + one, 0);
  let [beyond, empty, hasSeen] = [0, 0, false];
  let best = { octaves: 0, beyond: 0 };
  for (let bin = bins.length - 1; bin >= lowest; bin -= 1) {
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

/** The magnitude in the middle of a histogram's bin; sign left out. */
export function magnitudeOf(bin: number): number {
  const magnitude = bin % (BINS / 2);
  const [exponent, eighths] = [Math.floor(magnitude / BINS_AN_OCTAVE), (magnitude % BINS_AN_OCTAVE) + 0.5];
  return exponent === 0 ? (eighths / BINS_AN_OCTAVE) * 2 ** -126 : (1 + eighths / BINS_AN_OCTAVE) * 2 ** (exponent - 127);
}

/** Largest magnitude of the finite values, to an eighth of an octave; zero for none. */
export function largestMagnitude(histogram: Uint32Array): number {
  for (let bin = BINS / 2 - BINS_AN_OCTAVE - 1; bin > 0; bin -= 1) if (histogram[bin] !== 0 || histogram[BINS / 2 + bin] !== 0) return magnitudeOf(bin);
  return 0;
}

/**
 * Fourth moment about zero over the squared second, from the histogram, to a percent or so: 3 for normal values, 1.8 for
 * uniform ones. Undefined where all are zero.
 */
export function kurtosisOf(histogram: Uint32Array): number | undefined {
  let [count, squares, fourths] = [0, 0, 0];
  // Relative to the largest, so that nothing overflows.
  const largest = largestMagnitude(histogram);
  for (let bin = 0; bin < BINS; bin += 1) {
    const here = histogram[bin] as number;
    if (here === 0 || bin % (BINS / 2) >= BINS / 2 - BINS_AN_OCTAVE) continue;
    const square = bin % (BINS / 2) === 0 ? 0 : (magnitudeOf(bin) / largest) ** 2;
    count += here;
    squares += here * square;
    fourths += here * square * square;
  }
  return squares > 0 ? (fourths * count) / (squares * squares) : undefined;
}
