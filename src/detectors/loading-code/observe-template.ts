import type { CodeAction, CodeProgram } from '../../model/code.ts';
import type { Observation } from '../detector.ts';
import type { LoadingCodeMessage } from './messages.ts';
import jinja from './names/jinja.json' with { type: 'json' };

type Found = Observation<LoadingCodeMessage>;

interface Told {
  readonly message: LoadingCodeMessage;
  readonly origin?: string;
}

const sets = { function: new Set(jinja.functions), filter: new Set(jinja.filters), test: new Set(jinja.tests), method: new Set(jinja.methods), statement: new Set(jinja.statements) } as const;
/** Functions that a template reaches at the end of its way out. */
const CALLS: ReadonlySet<string> = new Set(jinja.calls);
const LOADING: ReadonlySet<string> = new Set(jinja.loading);
const WALKS: ReadonlySet<string> = new Set(jinja.walks);
/** Names with two underscores on either side that lead from an object to the inside of Python, written in either direction and case. */
const INNER = new RegExp(`__(?:${jinja.inner.join('|')})__`, 'i');
/** Functions of Python that only an environment without a sandbox gives a template, and that no template has a use for. */
const PYTHON: ReadonlySet<string> = new Set(['eval', 'exec', 'compile', '__import__', 'open', 'getattr', 'globals', 'vars']);
/** A replacement field that takes an attribute or an element. */
const FIELD = /\{\w*[.[]/;
/** A half of such a name: a template that also computes names puts it together. */
const HALF = /^__[a-z]|[a-z]__$/i;
/** Names of inner attributes without their underscores, of those that no conversation mentions. */
const WORDS: ReadonlySet<string> = new Set(jinja.words);
/** Texts in a computed name that only matter to whoever puts such a name together. */
const SUSPICIOUS_PART = new RegExp(`"_+"|__|%c|"(?:${[...jinja.words, 'class', 'init', 'bases', 'base', 'import', 'popen', 'system', 'os', 'subprocess'].join('|')})"`, 'i');

/** What a template does that no chat template has a use for: the ways out of Jinja first, then names that are on no list. */
export function observeTemplate(program: CodeProgram, allow: ReadonlySet<string>): Found[] {
  const computes = program.actions.some(({ target, via }) => target.kind === 'computed' && (via === 'subscript' || via === 'built subscript' || via === 'attr filter'));
  const formats = program.actions.some(({ target, via }) => via === 'method' && target.kind === 'name' && (target.name === 'format' || target.name === 'format_map'));
  const hasUnderscores = program.actions.some(({ target, via }) => via.endsWith('constant') && target.kind === 'name' && (/^_+$/.test(target.name) || HALF.test(target.name)));
  const said = new Set<string>();
  return program.actions.flatMap((action): Found[] => {
    const told = tell(action, { computes, formats, hasUnderscores }, allow);
    if (told === undefined) return [];
    const key = `${told.message} ${action.target.kind === 'computed' ? action.target.text : action.target.name}`;
    // An attribute in brackets is a constant as well.
    if (said.has(key)) return [];
    said.add(key);
    const name = action.target.kind === 'computed' ? action.target.text : action.target.name;
    return [{
      message: told.message,
      data: { place: program.place, name, origin: told.origin ?? '', code: action.text, opcode: action.via, count: action.count, confidence: told.message === 'template-unknown' ? 'likely' : 'certain' },
      location: { bytes: { offset: action.offset, length: 1 } },
    }];
  });
}

/** What else the template holds: attributes under computed names, and constants that such a name with underscores is made of. */
interface Around {
  readonly computes: boolean;
  /** Whether a text is formatted by its method, whose fields reach attributes: `'{0.__class__}'.format(x)`. */
  readonly formats: boolean;
  readonly hasUnderscores: boolean;
}

function tell({ target, via }: CodeAction, { computes, formats, hasUnderscores }: Around, allow: ReadonlySet<string>): Told | undefined {
  if (target.kind === 'computed') return via === 'attr filter' || (via === 'built subscript' && hasUnderscores) || SUSPICIOUS_PART.test(target.text) ? { message: 'template-computed' } : undefined;
  const { name } = target;
  switch (via) {
    case 'operator':
      return { message: 'template-unknown', origin: 'an expression that may never come to an end' };
    case 'attribute':
    case 'subscript':
    case 'method':
    case 'attr filter':
      if (isInner(name) || (via === 'method' && CALLS.has(name))) return { message: 'template-escape' };
      if (via === 'attr filter') return { message: 'template-unknown', origin: 'an attribute of the object itself' };
      if (via !== 'subscript' && name.startsWith('_')) return { message: 'template-unknown', origin: 'a private attribute' };
      return via === 'method' ? unlisted('method', name, allow) : undefined;
    case 'constant':
    case 'built constant':
      if (INNER.test(name) || INNER.test(reversed(name))) return { message: 'template-escape' };
      if (formats && FIELD.test(name)) return { message: 'template-computed' };
      return ((computes || via === 'built constant') && HALF.test(name)) || (hasUnderscores && WORDS.has(name.toLowerCase())) ? { message: 'template-computed' } : undefined;
    case 'built-in':
      return { message: 'template-unknown', origin: 'a built-in of Jinja that is taken apart instead of called' };
    case 'statement':
      return LOADING.has(name) ? { message: 'template-include' } : unlisted('statement', name, allow);
    case 'function':
      if (PYTHON.has(name)) return { message: 'template-escape' };
      return unlisted(via, name, allow);
    case 'filter':
    case 'test':
      return unlisted(via, name, allow);
    default:
      return { message: 'template-unknown', origin: via };
  }
}

function unlisted(what: keyof typeof sets, name: string, allow: ReadonlySet<string>): Told | undefined {
  return sets[what].has(name) || allow.has(`jinja.${what}.${name}`) ? undefined : { message: 'template-unknown', origin: `an unknown ${what}` };
}

/** Names with two leading underscores, mangled private ones (`_TemplateReference__context`), and the ones that lead on without any. */
function isInner(name: string): boolean {
  return name.startsWith('__') || /^_[A-Za-z]\w*__\w/.test(name) || WALKS.has(name) || INNER.test(name);
}

function reversed(text: string): string {
  return [...text].reverse().join('');
}
