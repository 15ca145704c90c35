import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import process from 'node:process';
import * as core from '@actions/core';
import { sha256OfFile } from '../artifacts/digest.ts';
import { createSupervisor } from '../inspection/supervise.ts';
import { workerProgram } from '../inspection/worker-program.ts';
import { TOOL } from '../version.ts';
import { connectGitHub } from './github-api.ts';
import { main } from './main.ts';

// Cancelling a workflow must reach the inspection processes, so that none outlives the step.
const cancellation = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => cancellation.abort());

// Git and Octokit may repeat a token in an error message; the runner then blots it out.
const token = process.env['INPUT_TOKEN']?.trim() ?? '';
if (token !== '') core.setSecret(token);

const worker = workerProgram();

process.exitCode = await main({
  environment: process.env,
  stdout: (text) => void process.stdout.write(text),
  setOutput: core.setOutput,
  newToken: randomUUID,
  log: {
    info: core.info,
    notice: core.notice,
    warning: core.warning,
    error: (message, title) => core.error(message, { title }),
  },
  inspect: createSupervisor({ ...worker, environment: process.env }),
  // A cache must not outlive the code that filled it, also where a workflow follows a branch and not a version.
  tool: `${TOOL.version} ${(await sha256OfFile(worker.workerFile)).digest}`,
  availableThreads: availableParallelism(),
  connect: connectGitHub,
  now: () => performance.now(),
  signal: cancellation.signal,
});
