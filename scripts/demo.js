import { spawnSync } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';

/** The main job, with the built CLI, on the models and images of fixtures/demo. Plain JavaScript: needs no build step. */
const folder = path.resolve(import.meta.dirname, '../fixtures/demo');
const command = ['scan', 'models', '--samples', 'images', '--verbose'];

console.log(`$ cd fixtures/demo && modelgate ${command.join(' ')}\n`);
const { status } = spawnSync(process.execPath, [path.resolve(folder, '../../dist/cli.js'), ...command], { cwd: folder, stdio: 'inherit' });
if (status === 1) {
  console.log('\nmodelgate ended with exit code 1: in CI this build would be red, as it should be. The demo itself is fine.');
} else {
  console.error(`\nThe demo expects the verdict fail (exit code 1), and modelgate ended with ${String(status)}.`);
  process.exitCode = 1;
}
