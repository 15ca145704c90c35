import { ALLOW_LISTS, DANGEROUS, FRAMEWORKS, KERAS_LISTS, PYTHON2_MODULES, PYTHON2_NAMES, STANDARD_LIBRARY, type AllowEntry, type AllowList, type DangerousEntry } from './name-lists.ts';

/** What the lists say of a name. Nothing but the name counts: what else is in the file cannot make it better. */
export type NameJudgement =
  | { readonly kind: 'allowed'; readonly use: 'any' | 'reference' | 'instance'; readonly reason: string }
  | { readonly kind: 'dangerous'; readonly entry: DangerousEntry; readonly isWalk: boolean }
  /** Reaches through the inner life of Python objects. */
  | { readonly kind: 'inner-attribute'; readonly attribute: string }
  /** Known to nobody here; `origin` says who could know it. */
  | { readonly kind: 'unlisted'; readonly origin: 'standard-library' | 'framework' | 'main' | 'registered' | 'other'; readonly isWalk: boolean };

const CLASS_LIKE = /^_{0,2}[A-Z]\w*$/;
const INNER = /^__\w+__$/;

interface Lookup {
  readonly exact: ReadonlyMap<string, AllowEntry>;
  readonly patterns: readonly AllowEntry[];
}

function lookupOf(lists: readonly AllowList[]): Lookup {
  const exact = new Map<string, AllowEntry>();
  const patterns: AllowEntry[] = [];
  for (const { entries } of lists) {
    for (const entry of entries) {
      const isPlain = entry.submodules !== true && Array.isArray(entry.names) && !entry.names.some((name: string) => name.includes('*'));
      if (!isPlain) patterns.push(entry);
      else for (const module of entry.modules) for (const name of entry.names as readonly string[]) exact.set(dottedName(module, name), better(exact.get(dottedName(module, name)), entry));
    }
  }
  return { exact, patterns };
}

const PICKLE = lookupOf(ALLOW_LISTS);
const KERAS = lookupOf(KERAS_LISTS);

/** Of two entries for one name, the one that allows more. */
function better(one: AllowEntry | undefined, other: AllowEntry): AllowEntry {
  return one === undefined || one.use === 'reference' ? other : one;
}

/** As people and policies write it; a name without a module is itself. */
export function dottedName(module: string, name: string): string {
  if (module === '') return name;
  return name === '' ? module : `${module}.${name}`;
}

const top = (dotted: string): string => dotted.split('.', 1)[0] ?? '';

/** Judges what a Keras configuration names: by Keras's own names, and by the list of dangerous ones. */
export function judgeKerasName(module: string, name: string, extra: ReadonlySet<string> = new Set()): NameJudgement {
  return judgeWritten(KERAS, module, name, extra);
}

/** Judges one imported name, as it is written and as Python 3 reads what Python 2 wrote. */
export function judgeName(module: string, name: string, extra: ReadonlySet<string> = new Set()): NameJudgement {
  const written = judgeWritten(PICKLE, module, name, extra);
  const mapped = PYTHON2_NAMES.get(`${module}.${name}`);
  const read = mapped !== undefined ? [mapped.slice(0, mapped.lastIndexOf('.')), mapped.slice(mapped.lastIndexOf('.') + 1)] : [PYTHON2_MODULES.get(module) ?? module, name];
  const [readModule = module, readName = name] = read;
  if (readModule === module && readName === name) return written;
  const other = judgeWritten(PICKLE, readModule, readName, extra);
  // What is dangerous either way is dangerous; what is allowed either way is what somebody checked.
  for (const kind of ['dangerous', 'inner-attribute', 'allowed'] as const) {
    if (written.kind === kind) return written;
    if (other.kind === kind) return other;
  }
  return written;
}

function judgeWritten({ exact, patterns }: Lookup, module: string, name: string, extra: ReadonlySet<string>): NameJudgement {
  const dotted = dottedName(module, name);
  const listed = exact.get(dotted);
  if (listed !== undefined) return { kind: 'allowed', use: listed.use ?? 'any', reason: listed.reason };

  const entry = dangerousEntry(module, name);
  if (entry !== undefined) return { kind: 'dangerous', ...entry };
  const inner = name.split('.').find((part) => INNER.test(part));
  if (inner !== undefined && !(module.startsWith('__torch__'))) return { kind: 'inner-attribute', attribute: inner };
  const pattern = patterns.find((one) => one.modules.some((of) => isModule(of, module, one.submodules === true)) && matches(one, name));
  if (pattern !== undefined) return { kind: 'allowed', use: pattern.use ?? 'any', reason: pattern.reason };
  if (extra.has(dotted)) return { kind: 'allowed', use: 'any', reason: 'The policy allows it.' };

  const first = top(module);
  const origin = module === '' ? 'registered' : module === '__main__' || module === '__mp_main__' ? 'main' : STANDARD_LIBRARY.has(first) ? 'standard-library' : FRAMEWORKS.has(first) ? 'framework' : 'other';
  return { kind: 'unlisted', origin, isWalk: name.includes('.') };
}

function isModule(listed: string, module: string, submodules: boolean): boolean {
  return module === listed || (submodules && module.startsWith(`${listed}.`));
}

function matches({ names, excluding = [] }: AllowEntry, name: string): boolean {
  if (names === 'any') return true;
  const parts = name.split('.');
  if (parts.some((part) => excluding.includes(part))) return false;
  if (names === 'classes') return parts.every((part) => CLASS_LIKE.test(part));
  return names.some((one) => (one.endsWith('*') ? name.startsWith(one.slice(0, -1)) : one.startsWith('*') ? name.endsWith(one.slice(1)) : name === one) && (!one.includes('*') || !name.includes('.')));
}

/** The entry for the name itself, or for a module reached through the attributes of another (`torch.serialization` `os.system`). */
function dangerousEntry(module: string, name: string): { readonly entry: DangerousEntry; readonly isWalk: boolean } | undefined {
  const parts = name === '' ? [] : name.split('.');
  // The module may reach further than its own field says: `torch` `hub.load`.
  for (let count = 0; count <= parts.length; count += 1) {
    if (count === parts.length && count > 0) break;
    const entry = find([module, ...parts.slice(0, count)].join('.'), parts.slice(count));
    if (entry !== undefined) return { entry, isWalk: parts.length > 1 };
  }
  for (let from = 0; from < parts.length; from += 1) {
    for (let to = from + 1; to < parts.length; to += 1) {
      const entry = find(parts.slice(from, to).join('.'), parts.slice(to));
      if (entry !== undefined) return { entry, isWalk: true };
    }
  }
  return undefined;
}

function find(module: string, [first]: readonly string[]): DangerousEntry | undefined {
  return DANGEROUS.find(({ modules, submodules, names }) => modules.some((of) => isModule(of, module, submodules === true)) && (names === 'any' || (first === undefined ? module !== '' : names.includes(first))));
}

export function isClassLike(name: string): boolean {
  return CLASS_LIKE.test(name.split('.').at(-1) ?? '');
}
