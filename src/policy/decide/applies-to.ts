import { compileGlobs, type PathMatcher } from '../../artifacts/compile-globs.ts';

/** Each list of globs is compiled once: a run asks for every artifact and detector. */
const compiled = new WeakMap<readonly string[], PathMatcher>();

/** Whether a rule restricted to these globs applies to an artifact with these paths; one without globs applies to all. */
export function appliesTo(globs: readonly string[] | undefined, paths: readonly string[]): boolean {
  if (globs === undefined) return true;
  const known = compiled.get(globs) ?? compileGlobs(globs);
  compiled.set(globs, known);
  return paths.some(known);
}
