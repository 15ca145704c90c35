/** Shares of a budget are fractions with many digits, which nobody wants to read. */
export function timeUsedUp(deadlineSeconds: number): string {
  return `The ${String(deadlineSeconds < 10 ? Number(deadlineSeconds.toPrecision(2)) : Math.round(deadlineSeconds))} s for this artifact were used up`;
}
