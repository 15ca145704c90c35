import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';

/** A folder of its own for the running test, gone after it. Real path, so that links in /tmp do not matter. */
export async function temporaryFolder(): Promise<string> {
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'modelgate-test-')));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
