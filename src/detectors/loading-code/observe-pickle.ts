import type { CodeAction, CodeProgram } from '../../model/code.ts';
import { dottedName, isClassLike, judgeName, type NameJudgement } from './judge-name.ts';
import { judgePath } from './judge-path.ts';
import type { LoadingCodeMessage } from './messages.ts';
import { bytesAt, observation, placeOf, type Confidence, type Found } from './observation.ts';
import { ORIGINS } from './origins.ts';

/** Everything that a pickle does and that somebody has to know, one observation a name. */
export function observePickle(program: CodeProgram, allow: ReadonlySet<string>): Found[] {
  const named = new Map<string, CodeAction[]>();
  const found: Found[] = [];
  for (const action of program.actions) {
    found.push(...observeFiles(program, action));
    if (action.target.kind === 'computed') {
      const message = computedMessage(action);
      if (message !== undefined) found.push(observation(program, action, message, { name: action.target.text }, 'certain'));
      continue;
    }
    const { module, name } = action.target;
    const key = `${module}\n${name}`;
    const known = named.get(key);
    if (known === undefined) named.set(key, [action]);
    else known.push(action);
  }
  for (const actions of named.values()) found.push(...observeName(program, actions, allow));
  const breaks = program.break !== undefined && program.actions.some(({ kind }) => kind !== 'import') && (found.length > 0 || program.irregularities.some(({ kind }) => kind !== 'trailing-data'));
  if (program.break !== undefined && breaks) {
    found.push({ message: 'broken-stream', data: { place: placeOf(program), detail: program.break.message, confidence: 'certain' }, location: { bytes: bytesAt(program, program.break.offset) } });
  }
  return found;
}

/** Building the result of a listed call is ordinary; calling it is not. */
function computedMessage({ kind, via, target }: CodeAction): LoadingCodeMessage | undefined {
  if (kind === 'build') return undefined;
  if (kind === 'change') return 'changed-import';
  const text = target.kind === 'computed' ? target.text : '';
  if (kind === 'import' && via.startsWith('EXT')) return undefined;
  if (kind === 'import' && text.startsWith('attribute ')) return /^attribute __/.test(text) ? 'inner-attribute' : 'attribute-of-object';
  return 'computed-call';
}

function observeName(program: CodeProgram, actions: readonly CodeAction[], allow: ReadonlySet<string>): Found[] {
  const [first] = actions;
  if (first === undefined || first.target.kind !== 'name') return [];
  const { module, name } = first.target;
  const judgement = judgeName(module, name, allow);
  const call = actions.find(({ kind }) => kind === 'call');
  const made = actions.find(({ kind }) => kind === 'construct');
  const changed = actions.find(({ kind }) => kind === 'change');
  const found: Found[] = [];
  const dotted = dottedName(module, name);
  if (changed !== undefined) found.push(observation(program, changed, 'changed-import', { name: dotted }, 'certain'));
  const told = isResolved(program, first, actions) ? undefined : tell(judgement, name, call, made, first);
  if (told !== undefined) found.push(observation(program, told.action, told.message, { name: dotted, ...told.data }, told.confidence));
  return found;
}

interface Told {
  readonly message: LoadingCodeMessage;
  readonly action: CodeAction;
  readonly data: Readonly<Record<string, string>>;
  readonly confidence: Confidence;
}

function tell(judgement: NameJudgement, name: string, call: CodeAction | undefined, made: CodeAction | undefined, first: CodeAction): Told | undefined {
  switch (judgement.kind) {
    case 'allowed':
      if (judgement.use === 'any' || call === undefined) return undefined;
      return { message: 'unlisted-call', action: call, data: { origin: judgement.use === 'instance' ? 'an instance may be in a file; its initializer opens the files it is given' : 'may be kept, not called' }, confidence: 'likely' };
    case 'dangerous': {
      const { what, cwe, cve } = judgement.entry;
      const data = { what, cwe: cve === undefined ? cwe : `${cwe}, ${cve}` };
      return { message: call === undefined && made === undefined ? 'dangerous-import' : 'dangerous-call', action: call ?? made ?? first, data, confidence: 'certain' };
    }
    case 'inner-attribute':
      return { message: 'inner-attribute', action: call ?? first, data: {}, confidence: 'certain' };
    case 'unlisted': {
      const data = { origin: ORIGINS[judgement.origin] };
      // The file names getattr to say what it takes; that is judged by itself.
      if (first.via !== 'getattr' && isGetattr(first)) return { message: 'attribute-of-object', action: call ?? first, data: {}, confidence: 'likely' };
      if (judgement.origin === 'standard-library') return { message: call === undefined && made === undefined ? 'unlisted-import' : 'unlisted-call', action: call ?? made ?? first, data, confidence: 'likely' };
      if (call !== undefined && (judgement.origin === 'framework' || judgement.isWalk || !isClassLike(name))) return { message: 'unlisted-call', action: call, data, confidence: 'likely' };
      return { message: 'unknown-class', action: call ?? made ?? first, data, confidence: 'likely' };
    }
  }
}

/** Whether getattr was called for names only: what it took is then an action of its own and judged by itself. */
function isResolved({ actions }: CodeProgram, first: CodeAction, own: readonly CodeAction[]): boolean {
  if (!isGetattr(first)) return false;
  const sum = (of: readonly CodeAction[]): number => of.reduce((total, { count }) => total + count, 0);
  const calls = sum(own.filter(({ kind }) => kind === 'call'));
  return calls > 0 && calls <= sum(actions.filter(({ kind, via, target }) => kind === 'import' && via === 'getattr' && target.kind === 'name'));
}

/** How joblib before 0.10 called the file of an array: by the name of the pickle and a number, beside it. */
const ARRAY_FILE = /^[^/\\]+\.npy(?:\.z)?$/;

/** Files that loading the pickle reads besides it. */
function observeFiles(program: CodeProgram, action: CodeAction): Found[] {
  if (action.target.kind !== 'name') return [];
  const { module, name } = action.target;
  const data = { name: dottedName(module, name), what: 'loads, pickles included,' };
  return (action.operands ?? []).flatMap(({ constants, computedBy }) => [
    ...constants.flatMap((path) => {
      const place = judgePath(path);
      if (place === 'inside' && ARRAY_FILE.test(path)) return [];
      return [observation(program, action, place === 'inside' ? 'file-operator' : place === 'network' ? 'network-address' : 'outside-path', { ...data, path: JSON.stringify(path) }, 'certain')];
    }),
    ...(computedBy.length === 0 ? [] : [observation(program, action, 'file-operator', { ...data, path: `computed by ${computedBy.join(', ')}` }, 'certain')]),
  ]);
}

function isGetattr({ target }: CodeAction): boolean {
  return target.kind === 'name' && target.name === 'getattr' && /^(builtins|__builtin__)$/.test(target.module);
}
