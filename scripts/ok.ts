import { spawnSync } from 'node:child_process';
import process from 'node:process';

/** Everything CI checks, in the order in which a mistake is cheapest to find. `--except test` leaves a step out. */
const STEPS: readonly (readonly [name: string, command: string, ...args: string[]])[] = [
  ['types', 'npm', 'run', '--silent', 'types'],
  ['lint', 'npm', 'run', '--silent', 'lint'],
  ['generated files', 'npm', 'run', '--silent', 'generate', '--', '--check'],
  ['dist', 'npm', 'run', '--silent', 'build', '--', '--check'],
  ['test', 'npm', 'test'],
];

const left = process.argv.indexOf('--except') === -1 ? [] : process.argv.slice(process.argv.indexOf('--except') + 1);
for (const [name, command, ...args] of STEPS) {
  if (left.includes(name)) continue;
  console.log(`\n== ${name}`);
  const started = performance.now();
  const { status } = spawnSync(command, args, { stdio: 'inherit', shell: process.platform === 'win32' });
  if (status !== 0) {
    console.error(`${name}: failed`);
    process.exit(1);
  }
  console.log(`${name}: ok (${((performance.now() - started) / 1000).toFixed(0)} s)`);
}
