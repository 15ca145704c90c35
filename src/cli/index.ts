import process from 'node:process';
import { runCli } from './run-cli.ts';

// Cancelling must reach the inspection processes, so that none outlives the run.
const cancellation = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => cancellation.abort());

// A reader that closes its end (| head) is no failure; what else goes wrong is reported where the report is written.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

process.exitCode = await runCli(process.argv.slice(2), {
  cwd: process.cwd(),
  environment: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
  signal: cancellation.signal,
});
