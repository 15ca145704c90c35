import { shortName } from './check-names.ts';

/** Gives every member a name of its own: the second of a name is told apart by the offset at which it lies. */
export function uniqueNames(): (name: string, offset: number) => string {
  const taken = new Set<string>();
  return (name, offset) => {
    const short = shortName(name);
    let unique = taken.has(short) ? `${short}@${offset}` : short;
    for (let count = 2; taken.has(unique); count += 1) unique = `${short}@${offset}#${count}`;
    taken.add(unique);
    return unique;
  };
}
