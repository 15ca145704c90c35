import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { build } from 'esbuild';
import { afterAll, expect, it } from 'vitest';

const folder = mkdtempSync(path.join(tmpdir(), 'modelgate-orphan-'));
afterAll(() => rmSync(folder, { recursive: true }));

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

// A hang stands for a native call: nothing in the process's own event loop can notice that the parent is gone.
it('a process that hangs ends by itself when its parent is killed', async () => {
  const source = path.resolve(import.meta.dirname, '../../../src/inspection/worker/end-with-parent.ts');
  const hanging = path.join(folder, 'hanging.mjs');
  await build({
    stdin: {
      contents: `import { endWithParent } from ${JSON.stringify(source)}; endWithParent(); process.send('ready', () => { for (;;); });`,
      resolveDir: folder,
    },
    outfile: hanging,
    bundle: true,
    platform: 'node',
    format: 'esm',
  });
  const parentFile = path.join(folder, 'parent.mjs');
  writeFileSync(
    parentFile,
    `import { fork } from 'node:child_process';
     const child = fork(${JSON.stringify(hanging)}, { execArgv: [], stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
     child.on('message', () => process.stdout.write(String(child.pid) + '\\n'));`,
  );
  const parent = spawn(process.execPath, [parentFile], { stdio: ['ignore', 'pipe', 'inherit'] });
  const pid = await new Promise<number>((resolve) => parent.stdout.once('data', (text) => resolve(Number(String(text)))));
  expect(isAlive(pid)).toBe(true);

  parent.kill('SIGKILL');

  await expect.poll(() => isAlive(pid), { timeout: 20_000, interval: 50 }).toBe(false);
});
