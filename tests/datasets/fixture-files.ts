import { readFileSync } from 'node:fs';
import path from 'node:path';

const FIXTURES = path.resolve(import.meta.dirname, '../../fixtures');

export function fixturePath(...parts: readonly string[]): string {
  return path.join(FIXTURES, ...parts);
}

/** The bytes in an array of their own: Node's small Buffers share one. */
export function fixtureBytes(...parts: readonly string[]): Uint8Array {
  return new Uint8Array(readFileSync(fixturePath(...parts)));
}

export function fixtureJson<T>(...parts: readonly string[]): T {
  return JSON.parse(readFileSync(fixturePath(...parts), 'utf8')) as T;
}
