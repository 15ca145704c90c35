import type { Change } from '../changes.ts';

export interface RawChange {
  readonly change: Change;
  readonly isSubmodule: boolean;
}

const RECORD = /^:(?<oldMode>[0-7]{6}) (?<newMode>[0-7]{6}) [0-9a-f]+ [0-9a-f]+ (?<status>[A-Z])[0-9]*$/;

/** Mode of a submodule's entry: a commit of another repository. */
const SUBMODULE_MODE = '160000';

/** `T`: a file became a link or a submodule, or the reverse. */
const KINDS: Readonly<Record<string, Change['kind']>> = { A: 'added', M: 'modified', T: 'modified', D: 'deleted', R: 'renamed', C: 'added' };

/**
 * Reads `git diff-tree --raw -z`: `:<modes> <ids> <status>` NUL path NUL, and a second path for renames and copies.
 * Undefined for anything else and for names that are not UTF-8: half a list would be worse than none.
 */
export function parseRawDiff(output: Uint8Array): readonly RawChange[] | undefined {
  const fields = splitAtNul(output);
  if (fields === undefined) return undefined;

  const changes: RawChange[] = [];
  for (let index = 0; index < fields.length; ) {
    const record = RECORD.exec(fields[index] ?? '')?.groups;
    const kind = KINDS[record?.['status'] ?? ''];
    if (record === undefined || kind === undefined) return undefined;
    const hasTwoPaths = record['status'] === 'R' || record['status'] === 'C';
    const first = fields[index + 1];
    const path = hasTwoPaths ? fields[index + 2] : first;
    if (first === undefined || path === undefined || path === '') return undefined;
    changes.push({
      change: kind === 'renamed' ? { path, kind, previousPath: first } : { path, kind },
      isSubmodule: record['newMode'] === SUBMODULE_MODE,
    });
    index += hasTwoPaths ? 3 : 2;
  }
  return changes;
}

function splitAtNul(output: Uint8Array): readonly string[] | undefined {
  if (output.byteLength === 0) return [];
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(output);
  } catch {
    return undefined;
  }
  return text.endsWith('\0') ? text.slice(0, -1).split('\0') : undefined;
}
