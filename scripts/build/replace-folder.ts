import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import type { OutputFile } from './output-file.ts';

/** Writes the files beside the folder and then takes its place, so that nobody runs half of one build and half of another. */
export function replaceFolder(folder: string, files: readonly OutputFile[]): void {
  const next = `${folder}.${process.pid}.tmp`;
  const last = `${folder}.${process.pid}.old.tmp`;
  rmSync(next, { recursive: true, force: true });
  for (const file of files) {
    const target = path.join(next, file.path);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, file.content, { mode: file.isExecutable === true ? 0o755 : 0o644 });
  }
  try {
    renameSync(folder, last);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  renameSync(next, folder);
  rmSync(last, { recursive: true, force: true });
}
