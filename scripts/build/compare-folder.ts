import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { OutputFile } from './output-file.ts';

/** What is missing, different or stale in a folder that should hold these files and nothing else. */
export function compareFolder(folder: string, files: readonly OutputFile[]): string[] {
  const expected = new Map(files.map((file) => [file.path, file]));
  const present = existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .map((name) => name.split(path.sep).join('/'))
        .filter((name) => statSync(path.join(folder, name)).isFile())
    : [];
  const stale = present.filter((name) => !expected.has(name)).map((name) => `${name}: nothing makes this file any more`);
  const wrong = files.flatMap((file) => {
    const target = path.join(folder, file.path);
    if (!existsSync(target)) return [`${file.path}: is missing`];
    return Buffer.compare(readFileSync(target), file.content) === 0 ? [] : [`${file.path}: has other content`];
  });
  return [...wrong, ...stale].sort();
}
