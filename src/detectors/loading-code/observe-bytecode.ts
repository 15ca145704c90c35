import type { CodeProgram } from '../../model/code.ts';
import { judgeName } from './judge-name.ts';
import { observation, type Found } from './observation.ts';

/** Names told of one function; the rest is counted. */
const TOLD = 8;

/**
 * A function that the file brings as bytecode runs, whatever it does. Names of modules and built-in functions on the list of
 * dangerous ones make it worse; which of its names are attributes of harmless things is not worked out.
 */
export function observeBytecode(program: CodeProgram): readonly Found[] {
  const [first] = program.actions;
  if (first === undefined) return [];
  const dangerous = program.actions.flatMap(({ target }) => {
    const name = target.kind === 'name' ? target.name : '';
    const judgements = [judgeName(name, ''), judgeName('builtins', name)];
    const judged = name === '' ? undefined : judgements.find(({ kind }) => kind === 'dangerous');
    return judged?.kind === 'dangerous' ? [{ name, entry: judged.entry }] : [];
  });
  const [worst] = dangerous;
  if (worst === undefined) return [observation(program, first, 'bytecode', { name: 'a function' }, 'certain')];
  const more = dangerous.length > TOLD ? ` and ${String(dangerous.length - TOLD)} more` : '';
  const name = `${dangerous.slice(0, TOLD).map((one) => one.name).join(', ')}${more}`;
  return [observation(program, first, 'dangerous-bytecode', { name, what: worst.entry.what, cwe: worst.entry.cwe }, 'likely')];
}
