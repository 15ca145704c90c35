/** Row numbers of each class, in their order. */
export function rowsByClass(labels: ArrayLike<number>, classCount: number): readonly (readonly number[])[] {
  const rows = Array.from({ length: classCount }, (): number[] => []);
  for (let row = 0; row < labels.length; row += 1) rows[labels[row] as number]?.push(row);
  return rows;
}
