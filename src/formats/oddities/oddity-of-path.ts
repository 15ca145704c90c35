import type { FileOddity } from '../../model/structure.ts';
import { shown } from './shown.ts';

/** What is odd about a file that a model names: one outside of its folder is a finding, one inside is a remark. */
export function oddityOfPath(path: string, place: string): FileOddity {
  const why = escapeOf(path);
  if (why === undefined) return { kind: 'external-path', place, detail: `The file ${shown(path)} belongs to the model and is loaded with it.` };
  return { kind: 'escaping-path', place, detail: `The path ${shown(path)} ${why}.` };
}

function escapeOf(path: string): string | undefined {
  if (path.includes('\0')) return 'holds a NUL, at which some programs end it';
  if (/^[a-z][a-z0-9+.-]+:/i.test(path)) return 'is an address, not a file beside the model';
  if (/^[/\\~]|^[a-z]:/i.test(path)) return 'is absolute';
  return path.split(/[/\\]/).includes('..') ? 'leaves the folder of the model' : undefined;
}
