/** Characters of a name or value that a message repeats. */
const SHOWN = 80;

/** A text of the artifact inside of a message: quoted, so that nothing in it is taken for ours, and short. */
export function shown(text: string): string {
  return JSON.stringify(text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text);
}
