import type { CodeAction, CodeProgram } from '../../model/code.ts';
import { dottedName, judgeKerasName, type NameJudgement } from './judge-name.ts';
import { judgePath } from './judge-path.ts';
import { observation, type Found } from './observation.ts';
import { ORIGINS } from './origins.ts';

/** What deserializing a Keras configuration makes and looks up, one observation a name and a file. */
export function observeKeras(program: CodeProgram, allow: ReadonlySet<string>): readonly Found[] {
  const told = new Set<string>();
  return program.actions.flatMap((action) => [...observeName(program, action, allow), ...observeFiles(program, action)]).filter(({ message, data }) => {
    // A name that a thousand layers use is told once.
    const key = JSON.stringify([message, data['name'], data['path']]);
    if (told.has(key)) return false;
    told.add(key);
    return true;
  });
}

function observeName(program: CodeProgram, action: CodeAction, allow: ReadonlySet<string>): Found[] {
  if (action.target.kind !== 'name') return [];
  const { module, name } = action.target;
  const judgement = judge(action, allow);
  const data = { name: dottedName(module, name) };
  switch (judgement.kind) {
    case 'allowed':
      return [];
    case 'dangerous': {
      const { what, cwe, cve } = judgement.entry;
      const isRun = action.kind === 'call' || action.kind === 'construct';
      return [observation(program, action, isRun ? 'dangerous-call' : 'dangerous-import', { ...data, what, cwe: cve === undefined ? cwe : `${cwe}, ${cve}` }, 'certain')];
    }
    case 'inner-attribute':
      return [observation(program, action, 'inner-attribute', data, 'certain')];
    case 'unlisted': {
      const { origin } = judgement;
      // A module of the standard library has no layers, and what a framework has besides is called for what it does.
      const message = origin === 'standard-library' ? (action.kind === 'import' ? 'unlisted-import' : 'unlisted-call') : origin === 'framework' && action.kind === 'call' ? 'unlisted-call' : 'unknown-class';
      return [observation(program, action, message, { ...data, origin: ORIGINS[origin] }, 'likely')];
    }
  }
}

/** Keras writes `builtins` for every function that is a plain Python function; the built-in ones are only those that Python has. */
function judge({ kind, target, via }: CodeAction, allow: ReadonlySet<string>): NameJudgement {
  if (target.kind !== 'name') return { kind: 'allowed', use: 'any', reason: '' };
  const { module, name } = target;
  // The layer itself does nothing; what it calls is judged. One that calls nothing known is nobody's word for it.
  if (kind === 'construct' && isLambda(name)) return { kind: 'unlisted', origin: 'framework', isWalk: false };
  const judged = judgeKerasName(module, name, allow);
  return via === 'function' && module === 'builtins' && judged.kind !== 'dangerous' ? judgeKerasName('', name, allow) : judged;
}

function isLambda(name: string): boolean {
  return name === 'Lambda' || name.endsWith('>Lambda');
}

function observeFiles(program: CodeProgram, action: CodeAction): Found[] {
  return (action.operands ?? []).flatMap((operand) => operand.constants.map((path) => {
    const place = judgePath(path);
    const data = { name: action.target.kind === 'name' ? dottedName(action.target.module, action.target.name) : '', what: `reads (${operand.name})`, path: JSON.stringify(path) };
    // A vocabulary read at load time: CVE-2025-12058.
    const message = place === 'network' ? 'network-address' : place === 'outside' ? 'outside-path' : 'file-operator';
    return observation(program, action, message, data, 'certain');
  }));
}
