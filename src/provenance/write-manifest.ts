import type { DatasetManifest } from './dataset-manifest.ts';

/**
 * The one text of a manifest: keys in the order of the schema, classes, files and samples a line each. Equal content, equal bytes;
 * one changed sample, one changed line of its own, so that a reviewer reads what was added, removed, changed and relabelled.
 */
export function formatManifest(manifest: DatasetManifest): string {
  const { version, format, root, counts, labels, source, licence, sources, approvedBy, approvedAt, files, samples } = manifest;
  const members: (readonly [string, string])[] = [
    ['version', JSON.stringify(version)],
    ['format', JSON.stringify(format)],
    ['root', lines('{', Object.entries(root).map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`), '}')],
    ['counts', spaced(counts)],
    ['labels', lines('{', Object.entries(labels).map(([name, count]) => `${JSON.stringify(name)}: ${String(count)}`), '}')],
    ...(source === undefined ? [] : [['source', spaced(source)] as const]),
    ...(licence === undefined ? [] : [['licence', JSON.stringify(licence)] as const]),
    ...(sources === undefined ? [] : [['sources', lines('[', sources.map(spaced), ']')] as const]),
    ...(approvedBy === undefined ? [] : [['approvedBy', JSON.stringify(approvedBy)] as const]),
    ...(approvedAt === undefined ? [] : [['approvedAt', JSON.stringify(approvedAt)] as const]),
    ['files', lines('[', files.map(spaced), ']')],
    ...(samples === undefined ? [] : [['samples', lines('[', samples.map(spaced), ']')] as const]),
  ];
  return `{\n${members.map(([key, value]) => `  ${JSON.stringify(key)}: ${value}`).join(',\n')}\n}\n`;
}

function lines(open: string, items: readonly string[], close: string): string {
  return items.length === 0 ? `${open}${close}` : `${open}\n${items.map((one) => `    ${one}`).join(',\n')}\n  ${close}`;
}

/** JSON on one line with spaces where people put them. */
function spaced(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spaced).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).filter(([, one]) => one !== undefined);
  return members.length === 0 ? '{}' : `{ ${members.map(([key, one]) => `${JSON.stringify(key)}: ${spaced(one)}`).join(', ')} }`;
}
