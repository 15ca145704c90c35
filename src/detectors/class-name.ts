/** How a class is called in messages: its index, and its name where the user gave one that says more. */
export function className(names: readonly string[] | undefined, index: number): string {
  const name = names?.[index];
  return name === undefined || name === String(index) ? `class ${index}` : `class ${index} (${name})`;
}
