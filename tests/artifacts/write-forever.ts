import { writeAtomically } from '../../src/artifacts/write-atomically.ts';

/** Run as a process of its own and killed at some moment: rewrites one file, each time wholly one letter. */
const file = process.argv[2] ?? '';
process.stdout.write('started\n');
for (let round = 0; ; round += 1) {
  await writeAtomically(file, String.fromCharCode(97 + (round % 26)).repeat(2_000_000));
}
