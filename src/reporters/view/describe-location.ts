import type { Finding } from '../../report.ts';
import { groupDigits } from '../escape.ts';

/** A location in words, one part an entry; names are the artifact's own and not escaped yet. */
export function describeLocation(location: Finding['location']): string[] {
  const parts: string[] = [];
  if (location.member !== undefined) parts.push(`member ${location.member}`);
  if (location.tensor !== undefined) parts.push(`tensor ${location.tensor}`);
  if (location.node !== undefined) parts.push(`node ${location.node}`);
  if (location.sourceClass !== undefined) parts.push(`source class ${String(location.sourceClass)}`);
  if (location.targetClass !== undefined) parts.push(`target class ${String(location.targetClass)}`);
  if (location.bytes !== undefined) {
    const { offset, length } = location.bytes;
    parts.push(`${groupDigits(length)} bytes from byte ${groupDigits(offset)}`);
  }
  return parts;
}
