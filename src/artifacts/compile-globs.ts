import picomatch from 'picomatch';
import { GateError } from '../errors.ts';

export type PathMatcher = (path: string) => boolean;

/**
 * One matcher for a list of globs over relative `/` paths: `*` stays inside a folder, `**` crosses folders, both take
 * dot files. Lines breaks and other odd characters in names are matched like any other, or a file could hide behind
 * its name. An empty list matches nothing. `ignoreCase` is for globs that choose what is looked at: `model.ONNX` is a
 * model. Throws `policy/invalid` for a glob that starts with `!`.
 */
export function compileGlobs(globs: readonly string[], options: { readonly ignoreCase?: boolean } = {}): PathMatcher {
  const negated = globs.find((glob) => glob.startsWith('!') && !glob.startsWith('!('));
  if (negated !== undefined) {
    throw new GateError({
      code: 'policy/invalid',
      message: `The glob ${JSON.stringify(negated)} starts with "!", which would match everything else.`,
      nextStep: 'List what is to be left out under "exclude", without the "!".',
    });
  }
  if (globs.length === 0) return () => false;

  return picomatch(globs.map(withoutDot), {
    dot: true,
    nonegate: true,
    // Paths always come with `/`; a backslash in one is part of a name (on POSIX systems), not a separator.
    windows: false,
    // `s`: a dot of the compiled expression takes line breaks too.
    flags: options.ignoreCase === true ? 'si' : 's',
  });
}

function withoutDot(glob: string): string {
  return glob.startsWith('./') ? glob.slice(2) : glob;
}
