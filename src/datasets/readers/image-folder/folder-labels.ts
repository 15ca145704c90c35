/** Folders that divide a dataset instead of naming classes. */
const SPLITS: ReadonlySet<string> = new Set(['train', 'training', 'test', 'testing', 'eval', 'val', 'valid', 'validation', 'dev', 'holdout']);

/**
 * Labels by folder: the folder right below what all images share, or right below a split folder. Images that lie beside the
 * class folders have none.
 */
export function folderLabels(paths: readonly string[]): ReadonlyMap<string, string> {
  const parts = paths.map((path) => path.split('/'));
  let depth = 0;
  // Step into folders that hold everything, as archives leave behind: data/images/cat/1.png.
  while (isShared(parts, depth) && parts.every((one) => one.length > depth + 2)) depth += 1;
  const tops = new Set(parts.flatMap((one) => (one.length > depth + 1 ? [one[depth] ?? ''] : [])));
  const hasSplits = tops.size > 0 && [...tops].every((name) => SPLITS.has(name.toLowerCase())) && parts.some((one) => one.length > depth + 2);
  const at = hasSplits ? depth + 1 : depth;
  return new Map(parts.flatMap((one, index) => (one.length > at + 1 ? [[paths[index] ?? '', one[at] ?? ''] as const] : [])));
}

function isShared(parts: readonly (readonly string[])[], depth: number): boolean {
  const first = parts[0]?.[depth];
  return first !== undefined && parts.every((one) => one[depth] === first);
}
