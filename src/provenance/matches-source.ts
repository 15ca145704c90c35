import { compileGlobs } from '../artifacts/compile-globs.ts';
import type { LockEntry } from './lockfile.ts';

type Source = NonNullable<LockEntry['source']>;

/** The one line by which reports name a source, and globs match it: the URL, or `repository@revision`. */
export function sourceText(source: Source): string {
  return 'url' in source ? source.url : `${source.repository}@${source.revision}`;
}

/**
 * True when a source matches one of the globs. A URL is brought to its normal form first (`a/../b`, `%2e%2e`, upper-case
 * hosts, default ports), so that `https://host/trusted/../evil` is not below `https://host/trusted/**`; one with a user
 * or password in it never matches. A repository may be matched with or without its revision.
 */
export function matchesSource(source: Source, globs: readonly string[]): boolean {
  const isAllowed = compileGlobs(globs);
  const address = 'url' in source ? source.url : source.repository;
  const normal = normalAddress(address);
  if (normal === undefined) return false;
  if ('url' in source) return isAllowed(normal);
  return isAllowed(normal) || isAllowed(`${normal}@${source.revision}`);
}

function normalAddress(address: string): string | undefined {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(address)) return normalUrl(address);
  // `owner/name`, `git@host:owner/name.git`: nothing to normalise, so what could mean two things does not match.
  return /(^|[/:])\.{1,2}($|\/)|[\\%\s]|\/\//.test(address) ? undefined : address;
}

function normalUrl(address: string): string | undefined {
  if (!URL.canParse(address)) return undefined;
  const url = new URL(address);
  if (url.username !== '' || url.password !== '') return undefined;
  // Encoded separators and dots mean something else to some servers than to this comparison.
  if (/%(2e|2f|5c)/i.test(url.pathname)) return undefined;
  url.hash = '';
  const text = url.href;
  // `https://host` and `https://host/` are the same; so is a repository with a slash at the end.
  return text.endsWith('/') && url.search === '' ? text.slice(0, -1) : text;
}
