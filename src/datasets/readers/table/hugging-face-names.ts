/** Class names by column out of the description that the datasets library leaves in Parquet and Arrow files; what is no such text gives none. */
export function huggingFaceNames(text: string | undefined): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (const [column, feature] of Object.entries(member(member(parsed(text), 'info'), 'features') ?? {})) {
    const names: unknown = member(feature, '_type') === 'ClassLabel' ? member(feature, 'names') : undefined;
    if (Array.isArray(names) && names.every((one): one is string => typeof one === 'string')) found.set(column, names);
  }
  return found;
}

function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
}
