import { existsSync } from 'node:fs';
import path from 'node:path';
import { Option, type Command } from 'commander';
import { GateError } from '../../errors.ts';
import { datasetSettings } from '../../gate/datasets/dataset-settings-in-force.ts';
import { runGate } from '../../gate.ts';
import type { ResolvedPolicy } from '../../policy/policy.ts';
import { reporters } from '../../reporters/index.ts';
import type { CliContext } from '../context.ts';
import { createInspect } from '../create-inspect.ts';
import { deliver } from '../deliver.ts';
import { exitCodeOf } from '../exit-codes.ts';
import { readPolicy } from '../read-policy.ts';
import { scanRoot } from '../scan-root.ts';

interface VerifyOptions {
  readonly policy?: string;
  readonly format: string;
  readonly output?: string;
  readonly verbose: boolean;
}

/** `modelgate dataset verify`: files, samples and sources against the manifest, and nothing else. */
export function addDatasetVerifyCommand(dataset: Command, context: CliContext, finish: (code: number) => void): void {
  dataset
    .command('verify')
    .description('Compare datasets with their manifests: every file, every label, the roots and the sources. No detector runs.')
    .argument('<dataset...>', 'folders or files')
    .option('--policy <file|name>', 'policy whose datasets and trustedData blocks are used')
    .addOption(new Option('--format <format>', 'how to report').choices(reporters.map((one) => one.meta.id)).default('text'))
    .option('--output <file>', 'write the report here instead of standard output')
    .option('-v, --verbose', 'show every result, not only what needs attention', false)
    .action(async (given: string[], options: VerifyOptions) => {
      const { root, paths } = await scanRoot(given, context.cwd);
      const policy = manifestsOnly(await readPolicy(options.policy, root, context.cwd));
      for (const one of paths) {
        const { manifest } = datasetSettings(one, policy.datasets);
        if (existsSync(path.join(root, manifest))) continue;
        throw new GateError({
          code: 'manifest/not-found', message: `There is no manifest ${manifest} to verify ${one} against.`, where: { artifact: manifest },
          nextStep: `Check the data, then write one with: modelgate dataset lock ${one}`,
        });
      }
      const report = await runGate(
        {
          root, datasets: paths, scope: { kind: 'paths', paths: [] }, policy, lockfile: undefined, ignoredHeadChanges: [],
          samples: undefined, baseline: undefined, seed: 0, budgetSeconds: undefined, engine: 'auto', threads: 2, warnOnly: false,
        },
        { inspect: await createInspect(false, root, context), now: () => performance.now(), signal: context.signal, onProgress: () => undefined },
      );
      await deliver(report, new Map(), { format: options.format, output: options.output, verbose: options.verbose }, context);
      finish(exitCodeOf(report));
    });
}

/** The policy without detectors, and with what manifests find made decisive: this command exists for nothing else. */
function manifestsOnly(policy: ResolvedPolicy): ResolvedPolicy {
  return { ...policy, detectors: [], rules: [], trustedData: { ...policy.trustedData, mismatch: 'fail', untrusted: 'fail' } };
}
