import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { formatReaders } from '../src/formats/index.ts';
import { bundleInstrumented } from './instrumented.ts';
import { readArtifact } from './read-artifact.ts';

/**
 * Coverage-guided fuzzing of every format reader and of the detectors that look at what it read.
 *
 *     npm run fuzz -- [--minutes N] [--format ID ...] [--seed N]
 *     npm run fuzz -- --format ID --input FILE         one file again
 *
 * The minutes are shared out among the formats. Inputs start from fixtures/formats/ and are kept in .modelgate/fuzz/corpus, so
 * that a later run goes on from there. A crash, an error that is no GateError or blames the tool, an input that takes longer than
 * the time limit, and more memory than the ceiling each end the format's run with exit code 1; the input is kept in .modelgate/fuzz/found.
 */
const { values: flags } = parseArgs({
  options: { minutes: { type: 'string', default: '10' }, format: { type: 'string', multiple: true }, seed: { type: 'string', default: '1' }, input: { type: 'string' } },
});

/** Far longer than the slowest fixture takes instrumented, and short enough to find what is quadratic. */
const SECONDS_PER_INPUT = 20;
/** What an inspection may take by default. */
const MAX_RESIDENT_BYTES = 2 ** 31;
const MAX_HEAP_MEBIBYTES = 1536;
/** The parsers' faults are in structure, which fits into this. */
const MAX_INPUT_BYTES = 2 ** 16;

interface Progress {
  readonly runs: number;
  readonly inputs: number;
  readonly reached: number;
  readonly mebibytes: number;
}

const root = path.resolve(import.meta.dirname, '..');
const work = path.join(root, '.modelgate/fuzz');
const program = path.join(work, 'explore.cjs');

const formats = formatReaders.map(({ meta }) => meta.id).filter((id) => flags.format?.includes(id) ?? true);
const unknown = flags.format?.find((id) => !formats.includes(id));
const minutes = Number(flags.minutes);
if (unknown !== undefined || !(minutes > 0)) {
  console.error(unknown === undefined ? '--minutes has to be a positive number.' : `There is no format reader ${unknown}.`);
  process.exit(2);
}

if (flags.input === undefined) {
  await bundleInstrumented(path.join(root, 'fuzz/explore.ts'), program);
  const seconds = Math.max(5, Math.round((60 * minutes) / formats.length));
  for (const format of formats) await explore(format, seconds);
} else {
  for (const format of formats) await readArtifact(readFileSync(flags.input), format);
  console.log(`${formats.join(', ')}: nothing found in ${flags.input}`);
}

async function explore(format: string, seconds: number): Promise<void> {
  const [corpus, seeds, found] = ['corpus', 'seeds', 'found'].map((name) => path.join(work, name, format)) as [string, string, string];
  for (const folder of [corpus, seeds, found]) mkdirSync(folder, { recursive: true });
  for (const side of ['accept', 'reject']) copyFixtures(path.join(root, 'fixtures/formats', format, side), seeds);
  const current = path.join(work, `current-${format}`);
  const child = fork(program, { execArgv: [`--max-old-space-size=${String(MAX_HEAP_MEBIBYTES)}`], env: { PATH: process.env['PATH'] ?? '' }, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  let said = '';
  child.stderr?.on('data', (piece: Buffer) => (said = (said + piece.toString()).slice(-4000)));
  let progress: Progress = { runs: 0, inputs: 0, reached: 0, mebibytes: 0 };
  let isLate = false;
  let lastInput = 0;
  let since = performance.now();
  child.on('message', (told: Progress) => (progress = told));
  const clock = setInterval(() => {
    // Every input is written to the file before it is read: one that stands there for long takes long.
    const written = existsSync(current) ? statSync(current).mtimeMs : 0;
    if (written !== lastInput) [lastInput, since] = [written, performance.now()];
    if (performance.now() - since < 1000 * SECONDS_PER_INPUT) return;
    isLate = true;
    child.kill('SIGKILL');
  }, 1000);
  child.send({ format, seeds, corpus, current, seconds, seed: Number(flags.seed), maxInputBytes: MAX_INPUT_BYTES, maxResidentBytes: MAX_RESIDENT_BYTES });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  clearInterval(clock);

  const figures = `${String(progress.runs).padStart(9)} runs  ${String(progress.inputs).padStart(6)} inputs  ${String(progress.reached).padStart(6)} reached  ${String(progress.mebibytes).padStart(5)} MiB`;
  if (code === 0) {
    console.log(`${format.padEnd(24)}${figures}  nothing found`);
    return;
  }
  process.exitCode = 1;
  // It can fail before there is an input: no memory, or a machine too busy to start it in time.
  if (!existsSync(current)) {
    console.log(`${format.padEnd(24)}${figures}  DID NOT BEGIN`);
    console.error(said);
    return;
  }
  const input = readFileSync(current);
  const kept = path.join(found, createHash('sha256').update(input).digest('hex').slice(0, 16));
  copyFileSync(current, kept);
  console.log(`${format.padEnd(24)}${figures}  FOUND ${isLate ? 'an input that takes too long' : 'a failure'}: ${path.relative(root, kept)}`);
  console.error(said);
}

function copyFixtures(from: string, to: string): void {
  if (!existsSync(from)) return;
  for (const name of readdirSync(from)) {
    const file = path.join(from, name);
    if (statSync(file).isFile() && statSync(file).size <= MAX_INPUT_BYTES) copyFileSync(file, path.join(to, `${path.basename(from)}-${name}`));
  }
}
