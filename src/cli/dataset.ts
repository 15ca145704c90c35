import type { Command } from 'commander';
import type { CliContext } from './context.ts';
import { addDatasetCroissantCommand } from './dataset/croissant.ts';
import { addDatasetDiffCommand } from './dataset/diff.ts';
import { addDatasetLockCommand } from './dataset/lock.ts';
import { addDatasetQuarantineCommand } from './dataset/quarantine.ts';
import { addDatasetVerifyCommand } from './dataset/verify.ts';

/** `modelgate dataset`: manifests of training data, and lists of suspected samples. */
export function addDatasetCommand(program: Command, context: CliContext, finish: (code: number) => void): void {
  const dataset = program.command('dataset').description('Lock, compare and verify training data, and list the samples that detectors suspect.');
  addDatasetLockCommand(dataset, context);
  addDatasetDiffCommand(dataset, context);
  addDatasetVerifyCommand(dataset, context, finish);
  addDatasetQuarantineCommand(dataset, context);
  addDatasetCroissantCommand(dataset, context);
}
