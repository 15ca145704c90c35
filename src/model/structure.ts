import type { ByteRange } from '../artifacts/byte-source.ts';

/** What a file's layout or declarations can do to whoever loads it. Closed: a detector has a message for each. */
export const FILE_ODDITIES = [
  'duplicate-key',
  'overlapping-data',
  'uncovered-bytes',
  'misaligned-data',
  'external-path',
  'escaping-path',
  'missing-part',
  'network-address',
  'embedded-executable',
  'embedded-script',
  'embedded-pickle',
  'custom-operator',
  'python-operator',
  'file-operator',
  'unknown-class',
  'unknown-extension',
  'entity-declaration',
  'declared-size',
] as const;
export type FileOddityKind = (typeof FILE_ODDITIES)[number];

/** Something seen in a file's layout or declarations. */
export interface FileOddity {
  readonly kind: FileOddityKind;
  /** A noun phrase: `header`, `tensor "a"`, `model.layers[3]`. */
  readonly place: string;
  readonly bytes?: ByteRange;
  /** A sentence: what is there, and what should be. */
  readonly detail: string;
}

/** What a reader found odd about a file that holds no code of its own. */
export interface StructureFacet {
  /** How many declarations (keys, tensors, layers, nodes) were looked at. */
  readonly examined: number;
  readonly oddities: readonly FileOddity[];
}
