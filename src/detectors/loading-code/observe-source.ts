import type { CodeAction, CodeProgram } from '../../model/code.ts';
import { isPipelineLibrary } from '../../model/is-pipeline-library.ts';
import type { Observation } from '../detector.ts';
import { isClassLike, judgeName } from './judge-name.ts';
import type { LoadingCodeMessage } from './messages.ts';
import source from './names/python-source.json' with { type: 'json' };
import { ORIGINS } from './origins.ts';

type Found = Observation<LoadingCodeMessage>;

interface SourceEntry {
  readonly modules: readonly string[];
  /** `*` at the end or alone: any. */
  readonly names: readonly string[];
  /** Where `names` is everything: the ones that are dangerous already when they are handed on. */
  readonly references?: readonly string[];
  readonly what: string;
  readonly cwe: string;
}

/** Packages whose classes configurations name in the ordinary run of things; what makes an instance of one calls no function. */
const LIBRARIES: ReadonlySet<string> = new Set(source.libraries);
const ENTRIES = source.entries as readonly SourceEntry[];
/** Modules that others import and so offer as their own. */
const INNER_MODULES: ReadonlySet<string> = new Set(source.inner);

/**
 * A Python file that loading a model may run, or a configuration that names one. What such a file has no use for is dangerous;
 * for the rest nobody vouches, once a configuration, and the policy can.
 */
export function observeSource(program: CodeProgram, allow: ReadonlySet<string>): Found[] {
  return program.actions.flatMap((action): Found[] => {
    const { target, via } = action;
    if (target.kind === 'computed') return [found(program, action, 'remote-code', target.text, { origin: via })];
    const dotted = target.name === '' ? target.module : `${target.module}.${target.name}`;
    if (via === 'import') return [];
    if (via === 'call' || via === 'reference') {
      const entry = ENTRIES.find((one) => isListed(one, dotted, via === 'reference'));
      if (entry === undefined) return [];
      return [found(program, action, 'dangerous-call', dotted, { what: entry.what, cwe: entry.cwe })];
    }
    // A class by its library and name: nothing but a class is made of it, by loaders of their own.
    if ((via === 'component' || via === 'auto_mapping') && isClassLike(target.name) && (LIBRARIES.has(target.module.split('.', 1)[0] ?? '') || isPipelineLibrary(target.module))) return [];
    // A name in a configuration: what it stands for is imported, and called where it says so.
    const judgement = judgeName(target.module, target.name, allow);
    if (judgement.kind === 'allowed') return [];
    if (judgement.kind === 'dangerous') {
      const { what, cwe, cve } = judgement.entry;
      return [found(program, action, action.kind === 'import' ? 'dangerous-import' : 'dangerous-call', dotted, { what, cwe: cve === undefined ? cwe : `${cwe}, ${cve}` })];
    }
    if (judgement.kind === 'inner-attribute') return [found(program, action, 'inner-attribute', dotted, {})];
    if ((action.kind === 'construct' || via === 'modules') && isClassLike(target.name) && LIBRARIES.has(target.module.split('.', 1)[0] ?? '')) return [];
    return [found(program, action, 'remote-code', dotted, { origin: SOURCE_ORIGINS[judgement.origin] })];
  });
}

const SOURCE_ORIGINS = { ...ORIGINS, other: 'code beside the model or from a package that modelgate does not know' } as const;

/** By the name itself, or by what it reaches through the modules of another: `torch.os.system`. */
function isListed({ modules, names, references }: SourceEntry, dotted: string, isMention: boolean): boolean {
  const parts = dotted.split('.');
  const inner = parts.flatMap((part, index) => (index > 0 && INNER_MODULES.has(part) ? [parts.slice(index).join('.')] : []));
  // Of a module all of which is listed, a mention says nothing yet: constants and types are mentioned too.
  const listed = isMention ? references ?? names.filter((one) => one !== '*') : names;
  return [dotted, ...inner].some((full) => modules.some((one) => {
    if (full === one) return !isMention;
    if (!full.startsWith(`${one}.`)) return false;
    const rest = full.slice(one.length + 1);
    return listed.some((pattern) => pattern === '*' || pattern === rest || (pattern.endsWith('*') && rest.startsWith(pattern.slice(0, -1)) && !rest.includes('.')));
  }));
}

function found(program: CodeProgram, action: CodeAction, message: LoadingCodeMessage, name: string, data: Readonly<Record<string, string>>): Found {
  return {
    message,
    data: { place: program.place, name, ...data, code: action.text, opcode: action.via, count: action.count, confidence: message === 'remote-code' ? 'likely' : 'certain' },
    location: { bytes: { offset: action.offset, length: 1 } },
  };
}
