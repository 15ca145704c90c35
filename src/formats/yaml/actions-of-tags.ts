import type { CodeAction } from '../../model/code.ts';
import { shown } from '../oddities/shown.ts';
import type { TaggedNode } from './parse-yaml.ts';

/** Different tags of one file (CWE-770). */
const MAX_ACTIONS = 1_000;

/** Tags of PyYAML for values of Python that need no class: they call nothing. */
const PLAIN = /^python\/(?:none|bool|str|unicode|bytes|int|long|float|complex|list|tuple|dict)$/;
const PYTHON = /^python\/(name|module|object\/apply|object\/new|object):(.+)$/;

/** What PyYAML's unsafe loaders import, make and call for tags of Python (`!!python/object/apply:os.system`). */
export function actionsOfTags(tagged: readonly TaggedNode[], offsetOf: (at: number) => number): readonly CodeAction[] {
  const actions = new Map<string, CodeAction>();
  for (const { tag, at } of tagged) {
    if (!tag.startsWith('python/') || PLAIN.test(tag)) continue;
    const [, how = '', dotted = ''] = PYTHON.exec(tag) ?? [];
    const dot = dotted.lastIndexOf('.');
    const kind = how === 'object/apply' ? 'call' : how === 'object' || how === 'object/new' ? 'construct' : 'import';
    const target: CodeAction['target'] = how === 'module' ? { kind: 'name', module: dotted, name: '' } : dotted === '' ? { kind: 'computed', text: shown(tag) } : { kind: 'name', module: dot < 0 ? 'builtins' : dotted.slice(0, dot), name: dotted.slice(dot + 1) };
    const known = actions.get(tag);
    if (known !== undefined) actions.set(tag, { ...known, count: known.count + 1 });
    else if (actions.size < MAX_ACTIONS) actions.set(tag, { kind, via: 'tag', target, offset: offsetOf(at), count: 1, text: `!!${shown(tag)}` });
  }
  return [...actions.values()];
}
