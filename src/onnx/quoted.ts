/** Names longer than this are cut in messages; a file may hold names of 64 KiB. */
const MAX_QUOTED_CHARACTERS = 120;

/** A name from the file for a message: in quotes, control characters escaped, cut when long. */
export function quoted(name: string): string {
  return JSON.stringify(name.length > MAX_QUOTED_CHARACTERS ? `${name.slice(0, MAX_QUOTED_CHARACTERS)}…` : name);
}
