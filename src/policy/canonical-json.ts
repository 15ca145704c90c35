/** JSON with sorted keys and without spaces: equal values give one text, whatever order their members were written in. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) => (isRecord(member) ? sorted(member) : member));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function sorted(record: Readonly<Record<string, unknown>>): Record<string, unknown> {
  // Without a prototype, a key named __proto__ is a key.
  const result = Object.create(null) as Record<string, unknown>;
  for (const key of Object.keys(record).sort()) result[key] = record[key];
  return result;
}
