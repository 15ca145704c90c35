/** Shannon entropy in bits of a discrete distribution; zero probabilities add nothing. */
export function entropy(probabilities: ArrayLike<number>): number {
  let bits = 0;
  for (let index = 0; index < probabilities.length; index += 1) {
    const probability = probabilities[index] as number;
    if (probability !== 0) bits -= probability * Math.log2(probability);
  }
  return bits;
}
