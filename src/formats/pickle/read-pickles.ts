import type { ByteRange, ByteSource } from '../../artifacts/byte-source.ts';
import type { CodeAction, CodeBreak, CodeIrregularity, CodeProgram, UnexaminedPart } from '../../model/code.ts';
import { arrayContent, isArrayWrapper } from './array-wrapper.ts';
import { followPickle, literalOf, type FollowedPickle } from './follow-pickle.ts';
import { isTooLong, seemsHidden, unwrapHidden, type HiddenPickle, type Wrapping } from './hidden-pickles.ts';
import { legacyStorages, LEGACY_STREAMS, type StorageId } from './legacy-storages.ts';
import { NEWEST_PROTOCOL, OP } from './opcodes.ts';
import { MAX_NESTED_BYTES, MAX_NESTED_CANDIDATES, MAX_NESTED_DEPTH, MAX_NESTED_PROGRAMS, MAX_STREAMS } from './pickle-limits.ts';
import { openWindow, type PickleWindow } from './pickle-window.ts';
import { describeRest } from './rest-of-file.ts';
import type { Value } from './values.ts';

export interface PickleReading {
  readonly programs: readonly CodeProgram[];
  readonly unexamined: readonly UnexaminedPart[];
  /** Bytes that belong to no pickle. */
  readonly unclaimed: readonly ByteRange[];
  readonly notes: readonly string[];
  /** Whether the first pickle is the magic number of PyTorch's format before 1.6. */
  readonly isLegacyTorch: boolean;
}

interface Task {
  readonly source: ByteSource;
  /** Where in the source the first pickle begins. */
  readonly from: number;
  /** Of the artifact: where the source's bytes come from. */
  readonly range: ByteRange;
  /** Whether offsets of the source are offsets of the artifact, shifted by this much; otherwise it was unpacked. */
  readonly shift: number | undefined;
  readonly place: string;
  readonly runs: CodeProgram['runs'];
  /** What the value was wrapped in. */
  readonly wrappings: readonly Wrapping[];
  readonly depth: number;
}

/** Shared by everything that is found in one artifact. */
interface Budget {
  bytes: number;
  programs: number;
}

/** Every pickle of a source from an offset on: one behind the other, inside of arrays, and inside of values, however they are wrapped. */
export async function readPickles(source: ByteSource, signal: AbortSignal, from = 0): Promise<PickleReading> {
  const programs: CodeProgram[] = [];
  const unexamined: UnexaminedPart[] = [];
  const budget: Budget = { bytes: MAX_NESTED_BYTES, programs: MAX_NESTED_PROGRAMS };
  const tasks: Task[] = [{ source, from, range: { offset: from, length: source.size - from }, shift: 0, place: '', runs: 'load', wrappings: [], depth: 0 }];
  let outer: Streams | undefined;
  for (let next = tasks.shift(); next !== undefined; next = tasks.shift()) {
    const streams = await readStreams(next, signal, unexamined);
    outer ??= streams;
    programs.push(...streams.programs);
    tasks.push(...(await open(next, streams.hidden, budget, unexamined)));
  }
  return { programs, unexamined, unclaimed: outer?.unclaimed ?? [], notes: outer?.notes ?? [], isLegacyTorch: outer?.isLegacyTorch ?? false };
}

const UNKNOWN_PICKLE = 'a value that loading unpickles is no pickle that could be followed';

/** The values of one task that hold pickles, unpacked. What goes beyond the budget is noted, and so never clear. */
async function open(task: Task, hidden: readonly FoundPickle[], budget: Budget, unexamined: UnexaminedPart[]): Promise<Task[]> {
  const tasks: Task[] = [];
  for (const one of hidden) {
    const range = task.shift === undefined ? task.range : { offset: one.range.offset + task.shift, length: one.range.length };
    if (task.depth >= MAX_NESTED_DEPTH || budget.programs <= 0) {
      unexamined.push({ range, reason: 'a value that seems to hold a pickle lies deeper, or among more others, than is looked into' });
      break;
    }
    try {
      const inner = await unwrapHidden(task.source, one, budget.bytes);
      if (inner === undefined) {
        if (one.isUnpickled === true) unexamined.push({ range, reason: UNKNOWN_PICKLE });
        continue;
      }
      const isPlain = inner.wrappings.length === 0;
      const isAsWritten = inner.wrappings.every((wrapping) => wrapping === 'characters' || wrapping === 'escapes');
      budget.programs -= 1;
      budget.bytes -= isPlain ? 0 : inner.source.size;
      const wrapped = [...inner.wrappings].reverse().map((wrapping) => ` in ${wrapping}`).join('');
      tasks.push({
        source: inner.source, from: 0, range, shift: isPlain && task.shift !== undefined ? task.shift + one.range.offset : undefined,
        place: `the ${one.kind === 'bytes' ? 'bytes' : 'text'}${wrapped} at offset ${String(one.range.offset)}${task.place === '' ? '' : ` of ${task.place}`}`,
        runs: one.isUnpickled === true && isAsWritten ? task.runs : 'decode', wrappings: inner.wrappings, depth: task.depth + 1,
      });
    } catch (error) {
      if (!isTooLong(error)) throw error;
      unexamined.push({ range, reason: 'a packed value is larger than what is unpacked of one file' });
    }
  }
  return tasks;
}

/** A value that seems to hold a pickle; maybe one that the pickle around it has unpickled. */
interface FoundPickle extends HiddenPickle {
  readonly isUnpickled?: true;
}

interface Streams {
  readonly programs: CodeProgram[];
  readonly hidden: FoundPickle[];
  readonly unclaimed: ByteRange[];
  readonly notes: string[];
  isLegacyTorch: boolean;
}

async function readStreams(task: Task, signal: AbortSignal, unexamined: UnexaminedPart[]): Promise<Streams> {
  const { source, shift = 0 } = task;
  const streams: Streams = { programs: [], hidden: [], unclaimed: [], notes: [], isLegacyTorch: false };
  const window = openWindow(source, task.from);
  const storages: StorageId[] = [];
  let count = 0;
  while (window.position < source.size) {
    const from = window.position;
    const hidden: HiddenPickle[] = [];
    const reader = streamReader(window, task, signal, hidden, storages, unexamined);
    const followed = await reader.follow();
    const { recorder } = followed.machine;
    const isBehindStorages = streams.isLegacyTorch && count >= LEGACY_STREAMS;
    const isSecondary = task.depth > 0 || isBehindStorages || (count > 0 && !streams.isLegacyTorch && !(await isAnnounced(source, from)));
    const isRest = followed.break !== undefined && isSecondary && !callsSomething(recorder.actions);
    if (isRest) {
      window.position = from;
      break;
    }
    count += 1;
    const name = task.place === '' ? `pickle ${String(count)}` : count === 1 ? task.place : `pickle ${String(count)} of ${task.place}`;
    const rangeLength = (followed.break?.offset ?? window.position) - from;
    const range = task.shift === undefined ? task.range : { offset: from + shift, length: Math.max(0, rangeLength) };
    const program = programOf(followed, { place: name, range, runs: task.runs, shift });
    streams.programs.push(count === 1 ? withHiding(program, task) : program, ...reader.inner(name));
    for (const one of hidden) streams.hidden.push(followed.machine.unpickled.has(one.atom) ? { ...one, isUnpickled: true } : one);
    const found = new Set(hidden.map(({ atom }) => atom));
    if ([...followed.machine.unpickled].some((atom) => !found.has(atom))) unexamined.push({ range: task.range, reason: UNKNOWN_PICKLE });
    if (reader.firstArray() !== undefined && task.runs === 'load') await readPlainly({ task, signal, from, firstArray: reader.firstArray() ?? 0, streams });
    if (followed.break !== undefined) return streams;
    if (count === 1) streams.isLegacyTorch = await isMagicNumber(window, followed.result);
    if (streams.isLegacyTorch && count === LEGACY_STREAMS) {
      window.position = (await legacyStorages(window, storages)).end;
      continue;
    }
    if (count >= MAX_STREAMS) {
      unexamined.push({ range: { offset: window.position + shift, length: source.size - window.position }, reason: `more than ${String(MAX_STREAMS)} pickles stand one behind the other` });
      return streams;
    }
  }
  if (count === 0 || window.position >= source.size || task.depth > 0) return streams;
  const rest = await describeRest(source, window.position);
  const last = streams.programs.at(-1);
  streams.unclaimed.push({ offset: window.position, length: source.size - window.position });
  if (rest.kind === 'padding') streams.notes.push(rest.message);
  else if (last !== undefined) streams.programs[streams.programs.length - 1] = { ...last, irregularities: [...last.irregularities, { kind: rest.kind, offset: window.position, message: rest.message }] };
  return streams;
}

/** That a pickle lies in a value is told of it, too, unless the pickle around it unpickles that value in plain sight. */
function withHiding(program: CodeProgram, { runs, wrappings, range }: Task): CodeProgram {
  if (runs === 'load') return program;
  const isWrapped = wrappings.some((one) => one !== 'escapes' && one !== 'characters');
  const message = isWrapped ? `A value holds a pickle, packed as ${wrappings.join(' of ')}.` : 'A value holds a pickle.';
  return { ...program, irregularities: [...program.irregularities, { kind: isWrapped ? 'packed-pickle' : 'nested-pickle', offset: range.offset, message }] };
}

/** Whether a protocol header stands there: what breaks behind one is a broken pickle and not something else. */
async function isAnnounced(source: ByteSource, offset: number): Promise<boolean> {
  if (source.size - offset < 2) return false;
  const [first, second = 255] = await source.read(offset, 2);
  return first === OP.PROTO && second <= NEWEST_PROTOCOL;
}

const callsSomething = (actions: readonly CodeAction[]): boolean => actions.some((one) => one.kind !== 'import');

/** PyTorch 0.1.10 to 1.5: torch/serialization.py, MAGIC_NUMBER. */
const MAGIC_NUMBER = 0x1950a86a20f9469cfc6cn;

async function isMagicNumber(window: PickleWindow, result: Value | undefined): Promise<boolean> {
  const literal = await literalOf(window, result);
  return literal?.kind === 'number' && literal.value === MAGIC_NUMBER;
}

interface StreamReader {
  follow(): Promise<FollowedPickle>;
  /** Pickles of object arrays that the stream holds between its opcodes. */
  inner(of: string): CodeProgram[];
  firstArray(): number | undefined;
}

function streamReader(window: PickleWindow, task: Task, signal: AbortSignal, hidden: HiddenPickle[], storages: StorageId[], unexamined: UnexaminedPart[]): StreamReader {
  const { shift = 0 } = task;
  const arrays: { readonly followed: FollowedPickle; readonly offset: number; readonly length: number }[] = [];
  let first: number | undefined;
  const options = {
    window, signal, isArrayWrapper,
    onLiteral: (literal: Parameters<typeof seemsHidden>[0]): void => {
      if (isZip(literal.head)) unexamined.push({ range: task.shift === undefined ? task.range : { offset: literal.offset + shift, length: literal.length }, reason: 'a value holds a zip archive, which is not looked into' });
      if (!seemsHidden(literal)) return;
      if (hidden.length < MAX_NESTED_CANDIDATES) hidden.push({ atom: literal.atom, range: { offset: literal.offset, length: literal.length }, kind: literal.kind });
      else if (hidden.length === MAX_NESTED_CANDIDATES) unexamined.push({ range: task.range, reason: 'more values seem to hold pickles than are looked into' });
    },
    onPersistent: (id: Value): void => void (storages.length < MAX_STORAGES && storages.push({ id })),
    onArray: async (wrapper: Parameters<typeof arrayContent>[0], valueOf: Parameters<typeof arrayContent>[2]): Promise<CodeBreak | undefined> => {
      first ??= window.position;
      const content = await arrayContent(wrapper, window, valueOf);
      if (content.kind === 'unknown') return content.break;
      if (content.kind === 'numbers') {
        window.position += content.length;
        return undefined;
      }
      const offset = window.position;
      const followed = await followPickle(options);
      arrays.push({ followed, offset, length: (followed.break?.offset ?? window.position) - offset });
      return followed.break;
    },
  };
  return {
    follow: () => followPickle(options),
    firstArray: () => first,
    inner: (of) => arrays.map(({ followed, offset, length }) => programOf(followed, {
      place: `the objects of an array at offset ${String(offset)} of ${of}`, range: task.shift === undefined ? task.range : { offset: offset + shift, length: Math.max(0, length) }, runs: task.runs, shift,
    })),
  };
}

const isZip = ([first, second, third, fourth]: Uint8Array): boolean => first === 0x50 && second === 0x4b && third === 3 && fourth === 4;

/** Storages of one checkpoint; the largest models have some thousand. */
const MAX_STORAGES = 100_000;

function programOf(followed: FollowedPickle, of: Pick<CodeProgram, 'place' | 'range' | 'runs'> & { readonly shift: number }): CodeProgram {
  const { shift, ...rest } = of;
  const { actions, irregularities } = followed.machine.recorder;
  return {
    language: 'pickle', ...rest,
    actions: shift === 0 ? actions : actions.map((one): CodeAction => ({ ...one, offset: one.offset + shift })),
    irregularities: shift === 0 ? irregularities : irregularities.map((one): CodeIrregularity => ({ ...one, offset: one.offset + shift })),
    ...(followed.break === undefined ? {} : { break: { ...followed.break, offset: followed.break.offset + shift } }),
  };
}

/**
 * joblib takes what follows an array's description for numbers; `pickle.load` takes it for opcodes. Who writes opcodes
 * there hides them from one of the two, so the file is read in the other way as well.
 */
async function readPlainly({ task, signal, from, firstArray, streams }: { readonly task: Task; readonly signal: AbortSignal; readonly from: number; readonly firstArray: number; readonly streams: Streams }): Promise<void> {
  const followed = await followPickle({ window: openWindow(task.source, from), signal });
  const { actions } = followed.machine.recorder;
  // Arrays of objects are pickles in both readings.
  const known = new Set(streams.programs.flatMap((program) => program.actions).map(keyOf));
  const beyond = actions.filter((one) => one.offset >= firstArray && one.target.kind === 'name' && isIdentifier(one.target.module) && isIdentifier(one.target.name) && !known.has(keyOf(one)));
  if (beyond.length === 0) return;
  streams.programs.push({
    ...programOf(followed, { place: 'the same bytes read by pickle.load', range: { offset: firstArray, length: task.source.size - firstArray }, runs: 'load', shift: 0 }),
    actions: beyond,
    irregularities: [{ kind: 'two-readings', offset: firstArray, message: 'What joblib takes for numbers are opcodes for pickle.load.' }],
  });
}

const keyOf = ({ kind, target }: CodeAction): string => `${kind} ${target.kind === 'name' ? `${target.module}\n${target.name}` : target.text}`;

const isIdentifier = (text: string): boolean => /^[A-Za-z_][\w.]*$/.test(text);
