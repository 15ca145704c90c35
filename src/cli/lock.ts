import { stat } from 'node:fs/promises';
import path from 'node:path';
import { Option, type Command } from 'commander';
import { sha256OfFile } from '../artifacts/digest.ts';
import { findArtifacts } from '../artifacts/find-artifacts.ts';
import { readHead } from '../gate/read-head.ts';
import { GateError } from '../errors.ts';
import { readLockfile } from '../provenance/read-lockfile.ts';
import type { LockEntry } from '../provenance/lockfile.ts';
import { updateLockfile } from '../provenance/update-lockfile.ts';
import { writeLockfile } from '../provenance/write-lockfile.ts';
import type { CliContext } from './context.ts';
import { readPolicy, readText } from './read-policy.ts';
import { scanRoot } from './scan-root.ts';

interface LockOptions {
  readonly lockfile?: string;
  readonly policy?: string;
  readonly url?: string;
  readonly repository?: string;
  readonly revision?: string;
  readonly approvedBy?: string;
  readonly prune: boolean;
  readonly dryRun: boolean;
}
