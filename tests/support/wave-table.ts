export const WAVE_ROWS = 40;
export const WAVE_COLUMNS = 4;

/** sin(1 + 7i + 13j), and 2.5 more in the first two columns of every fifth row: the table that scikit-learn's numbers in the tests are of. */
export function waveTable(): Float32Array {
  return Float32Array.from({ length: WAVE_ROWS * WAVE_COLUMNS }, (_, at) => {
    const [i, j] = [Math.floor(at / WAVE_COLUMNS), at % WAVE_COLUMNS];
    return Math.sin(1 + 7 * i + 13 * j) + (i % 5 === 0 && j < 2 ? 2.5 : 0);
  });
}

export const waveRows = Array.from({ length: WAVE_ROWS }, (_, row) => row);
