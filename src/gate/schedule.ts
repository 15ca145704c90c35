/**
 * Runs `work` on every item, at most `slots` at a time, and returns the results in the order of the items, so that
 * the order in which they finish never shows in a report.
 */
export async function schedule<Item, Out>(
  items: readonly Item[],
  slots: number,
  work: (item: Item) => Promise<Out>,
): Promise<Out[]> {
  const results = new Array<Out>(items.length);
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length) {
      const index = next;
      next += 1;
      results[index] = await work(items[index] as Item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(slots, items.length) }, lane));
  return results;
}
