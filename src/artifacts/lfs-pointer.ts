import { MAX_POINTER_BYTES } from './limits.ts';

/** What a Git LFS pointer says about the file it stands in for. */
export interface LfsPointer {
  /** 64 lower-case hexadecimal digits. */
  readonly sha256: string;
  /** Bytes of the file that the pointer names. */
  readonly size: number;
}

/** The specification's URL and the two it replaced; git-lfs still writes files for all three. */
const VERSIONS: ReadonlySet<string> = new Set([
  'https://git-lfs.github.com/spec/v1',
  'https://hawser.github.com/spec/v1',
  'http://git-media.io/v/2',
]);

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Recognises a Git LFS pointer (git-lfs/docs/spec.md, version 1): UTF-8 lines `key value`, `version` first, the other
 * keys sorted, `oid sha256:<hex>` and `size <bytes>` required, extensions `ext-<n>-<name>` allowed. Where git-lfs itself
 * is tolerant (CRLF from a checkout on Windows, blank lines, a missing last newline, upper-case digits) so is this: what
 * git-lfs would replace by a file must never be taken for the file. Returns undefined for everything else.
 */
export function parseLfsPointer(bytes: Uint8Array): LfsPointer | undefined {
  if (bytes.byteLength === 0 || bytes.byteLength > MAX_POINTER_BYTES) return undefined;
  const fields = readFields(bytes);
  if (fields === undefined) return undefined;

  const [version, ...others] = fields;
  if (version?.key !== 'version' || !VERSIONS.has(version.value)) return undefined;
  if (!isSorted(others.map((field) => field.key))) return undefined;

  const values = new Map(others.map((field) => [field.key, field.value]));
  const sha256 = /^sha256:([0-9a-f]{64})$/i.exec(values.get('oid') ?? '')?.[1];
  const size = readSize(values.get('size') ?? '');
  if (sha256 === undefined || size === undefined) return undefined;
  return { sha256: sha256.toLowerCase(), size };
}

function readFields(bytes: Uint8Array): readonly { key: string; value: string }[] | undefined {
  const fields: { key: string; value: string }[] = [];
  for (const line of decode(bytes)?.split('\n') ?? []) {
    const content = line.endsWith('\r') ? line.slice(0, -1) : line;
    if (content === '') continue;
    const [, key, value] = /^([a-z0-9.-]+) ([^\r]+)$/.exec(content) ?? [];
    if (key === undefined || value === undefined) return undefined;
    fields.push({ key, value: value.trimEnd() });
  }
  return fields;
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Strictly: a key that comes twice would leave open which one counts. */
function isSorted(keys: readonly string[]): boolean {
  return keys.every((key, index) => index === 0 || (keys[index - 1] ?? '') < key);
}

function readSize(text: string): number | undefined {
  if (!/^[0-9]{1,16}$/.test(text)) return undefined;
  const size = Number(text);
  return Number.isSafeInteger(size) ? size : undefined;
}
