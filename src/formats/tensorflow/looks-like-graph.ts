import { bytesBetween } from '../../artifacts/bytes-between.ts';

/** A field at the beginning of a message: its number, and where its content lies as far as the bytes go. */
interface Beginning {
  readonly number: number;
  readonly start: number;
  readonly length: number;
}

/** Five hashes, a version, an identifier. */
const MAX_FINGERPRINT_BYTES = 256;

const NAME = /^[\w.][\w.\\/>-]*$/;
const OPERATOR = /^[A-Za-z_][\w>.]*$/;

/** What the first bytes of a file of TensorFlow's are a message of, or undefined. */
export function looksLikeGraph(head: Uint8Array): 'saved-model' | 'graph' | 'meta-graph' | 'keras-metadata' | 'fingerprint' | undefined {
  // SavedModel: saved_model_schema_version 1 as field 1, then a MetaGraphDef as field 2.
  if (head[0] === 0x08 && head[1] === 0x01) {
    const meta = fieldAt(head, 2);
    return meta?.number === 2 && isMetaGraph(head, meta.start) ? 'saved-model' : undefined;
  }
  if (isFingerprint(head)) return 'fingerprint';
  const first = fieldAt(head, 0);
  if (first === undefined) return undefined;
  if (first.number === 2) return isMetaGraph(head, first.start) && fieldAt(head, first.start)?.number === 1 ? 'saved-model' : undefined;
  if (first.number !== 1) return undefined;
  if (isNode(head, first.start)) return 'graph';
  if (isSavedObject(head, first.start)) return 'keras-metadata';
  return isMetaGraph(head, 0) ? 'meta-graph' : undefined;
}

/** MetaGraphDef: meta_info_def as field 1 (its own fields are 1 to 8), and a GraphDef as field 2; the first node in it tells. */
function isMetaGraph(head: Uint8Array, at: number): boolean {
  const first = fieldAt(head, at);
  if (first === undefined) return false;
  if (first.number === 2) return isGraph(head, first.start);
  if (first.number !== 1) return false;
  const inner = fieldAt(head, first.start);
  if (inner === undefined ? first.length > 0 && first.start < head.byteLength : inner.number > 8) return false;
  const graph = fieldAt(head, first.start + first.length);
  // The list of operators may be longer than the bytes that are looked at.
  if (graph === undefined) return first.start + first.length >= head.byteLength && isMetaInfo(head, first.start);
  return graph.number === 2 && isGraph(head, graph.start);
}

/** MetaInfoDef: a version 1, then the list of operators 2 with OpDefs 1, whose name is 1. */
function isMetaInfo(head: Uint8Array, at: number): boolean {
  const first = fieldAt(head, at);
  if (first === undefined) return false;
  if (first.number === 1) return isMetaInfo(head, first.start + first.length);
  const definition = first.number === 2 ? fieldAt(head, first.start) : undefined;
  const name = definition?.number === 1 ? fieldAt(head, definition.start) : undefined;
  return name?.number === 1 && OPERATOR.test(textAt(head, name));
}

function isGraph(head: Uint8Array, at: number): boolean {
  const node = fieldAt(head, at);
  return node !== undefined && (node.number === 1 ? isNode(head, node.start) : node.number === 2 || node.number === 4);
}

/** NodeDef: a name as field 1, an operator as field 2. */
function isNode(head: Uint8Array, at: number): boolean {
  const name = fieldAt(head, at);
  if (name?.number !== 1 || !NAME.test(textAt(head, name))) return false;
  const operator = fieldAt(head, name.start + name.length);
  return operator?.number === 2 && OPERATOR.test(textAt(head, operator));
}

/** SavedObject of keras_metadata.pb: node_id 2, node_path 3 ("root"), identifier 4 ("_tf_keras_..."). */
function isSavedObject(head: Uint8Array, at: number): boolean {
  for (let position = at, count = 0; count < 4; count += 1) {
    // A number: its tag and a short varint.
    if (head[position] === 0x10) {
      position += 1;
      while ((head[position] ?? 0) >= 0x80) position += 1;
      position += 1;
    }
    const field = fieldAt(head, position);
    if (field === undefined) return false;
    if (field.number === 4) return textAt(head, field).startsWith('_tf_keras');
    position = field.start + field.length;
  }
  return false;
}

/** FingerprintDef, whole: hashes as fields 1 to 5, each a number or not there, then a version 6 and an identifier 7. */
function isFingerprint(head: Uint8Array): boolean {
  if (head.byteLength > MAX_FINGERPRINT_BYTES) return false;
  let at = 0;
  let hashes = 0;
  for (let number = 1; number <= 5; number += 1) {
    if (head[at] !== number * 8) continue;
    const from = at + 1;
    at = from;
    while ((head[at] ?? 0) >= 0x80 && at - from < 9) at += 1;
    at += 1;
    hashes += 1;
  }
  for (const number of [6, 7]) {
    const field = fieldAt(head, at);
    if (field?.number === number) at = field.start + field.length;
  }
  return hashes >= 3 && at === head.byteLength;
}

/** A field with a length. */
function fieldAt(head: Uint8Array, at: number): Beginning | undefined {
  const tag = head[at];
  if (tag === undefined || (tag & 7) !== 2 || tag >= 0x80) return undefined;
  let length = 0;
  for (let count = 0; count < 5; count += 1) {
    const byte = head[at + 1 + count];
    if (byte === undefined) return undefined;
    length += (byte & 0x7f) * 2 ** (7 * count);
    if (byte < 0x80) return { number: tag >> 3, start: at + 2 + count, length };
  }
  return undefined;
}

function textAt(head: Uint8Array, { start, length }: Beginning): string {
  return length > 1024 || start + length > head.byteLength ? '' : Buffer.from(bytesBetween(head, start, start + length)).toString('latin1');
}
