import { atMost } from '../../artifacts/at-most.ts';
import { memorySource } from '../../artifacts/memory-source.ts';
import { latin1 } from './literals.ts';
import { createMachine } from './machine.ts';
import { NEWEST_PROTOCOL, OP } from './opcodes.ts';

/** How sure: `announced` by a protocol header, `followed` through its opcodes, or `no`. */
export type PickleLikeness = 'announced' | 'followed' | 'no';

/** Beginnings of pickles without a header: a name, or an opening container or mark and something in it. */
const PLAIN_BEGINNING = /^(?:[ci][\w.]+\r?\n[\w.]+\r?\n|[(\]})][cdlSVIiqprt(KMJTUXNB}\])])/;
/** An import anywhere near the beginning, behind whatever was put before it. */
const IMPORT = /[ci][A-Za-z_][\w.]*\n[A-Za-z_][\w.]*\n/;

/** Bytes in which a pickle has got to its first name, unless somebody put something in front of it. */
const NEAR_BYTES = 256;

/** Opcodes that make it a pickle when a beginning holds so many and none is wrong. */
const ENOUGH_OPCODES = 24;

/**
 * Whether bytes begin like a pickle. Protocols 2 and later announce themselves; protocols 0 and 1 do not, so their
 * opcodes are followed: to the end of the stream, or through a call, which is what a pickle is dangerous by.
 */
export function looksLikePickle(head: Uint8Array, isCut: boolean): PickleLikeness {
  const [first = 0, second = 255, third] = head;
  if (first === OP.PROTO && second <= NEWEST_PROTOCOL && third !== undefined) return 'announced';
  // "PK" of a zip archive: a persistent id of text before anything else, at which every unpickler stops.
  if (first === OP.PERSID) return 'no';
  const text = latin1(atMost(head, NEAR_BYTES));
  const isNear = PLAIN_BEGINNING.test(text) || (head.includes(10) && IMPORT.test(text));
  // Further on nothing but a call tells a pickle from a list of words.
  if (!isNear && !(head.length > NEAR_BYTES && IMPORT.test(latin1(head)))) return 'no';

  const machine = createMachine({ window: { source: memorySource(head), bytes: head, base: 0, position: 0 } });
  const state = machine.step();
  const { actions, irregularities } = machine.recorder;
  const calls = actions.some((one) => one.kind !== 'import' && one.target.kind === 'name' && isDottedName(one.target.module));
  if (calls) return 'followed';
  if (!isNear) return 'no';
  if (irregularities.some((one) => one.kind === 'invalid-operand')) return 'no';
  if (state.kind === 'stopped') return 'followed';
  return state.kind === 'broken' && isCut && state.break.code === 'format/truncated' && machine.opcodes() >= ENOUGH_OPCODES ? 'followed' : 'no';
}

const isDottedName = (text: string): boolean => /^[\p{L}_][\p{L}\p{N}_.]*$/u.test(text);
