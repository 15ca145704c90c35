/** Where the manifest of a dataset lies unless the policy says otherwise: beside it. */
export function manifestPath(dataset: string): string {
  return `${dataset.replace(/\/+$/, '')}.modelgate-dataset.json`;
}
