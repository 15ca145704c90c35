import type { DetectorMessage } from '../detectors/detector.ts';

/**
 * What the gate itself has to say, as opposed to a detector: what could not be told, read or established. Places in
 * braces are filled by decide.ts. One table, so that findings, SARIF, `explain` and the docs use the same words.
 */
export const GATE_RULES = {
  'gate/flagged': {
    severity: 'high',
    title: 'A detector is flagged without saying what it saw',
    text: '{detector} measured something beyond its threshold ({reason}) and gave no further observation.',
    nextStep: 'Treat the artifact as flagged, and report the missing observation as a fault of the detector.',
  },
  'gate/inconclusive': {
    severity: 'medium',
    title: 'A detector could not tell',
    text: '{detector} should have run and could not tell: {reason}',
    nextStep: 'Remove the reason and run again. Until then nothing is known of what this detector looks for.',
  },
  'gate/not-applicable': {
    severity: 'low',
    title: 'A detector did not run',
    text: '{detector} does not apply: {reason}',
    nextStep: 'Provide what is missing, or say in the policy that the detector does not apply to this artifact.',
  },
  'gate/required-not-run': {
    severity: 'medium',
    title: 'A required detector did not run',
    text: 'The policy requires {detector}, which does not apply: {reason}',
    nextStep: 'Provide what is missing, or no longer require the detector for this policy.',
  },
  'gate/detector-error': {
    severity: 'medium',
    title: 'A detector failed',
    text: '{detector} failed before it had an answer: {reason}',
    nextStep: 'Run again; if it fails again, report it with the artifact’s digest. The artifact is not cleared by a failure.',
  },
  'gate/unreadable': {
    severity: 'high',
    title: 'The artifact could not be read',
    text: 'The artifact could not be read, so nothing of it was examined: {reason}',
    nextStep: 'Replace or repair the file. A file that modelgate cannot read may still be read by what loads it later.',
  },
  'gate/inspection-failed': {
    severity: 'medium',
    title: 'The inspection did not come to its end',
    text: 'The artifact could not be inspected to the end: {reason}',
    nextStep: 'Run again with more time or memory; if it fails again, report it with the artifact’s digest.',
  },
  'gate/timed-out': {
    severity: 'medium',
    title: 'Time ran out',
    text: 'Time ran out before the artifact was examined: {reason}',
    nextStep: 'Give the run a larger budget, split it into shards, or turn on fewer detectors.',
  },
  'gate/unrecognized': {
    severity: 'medium',
    title: 'No format reader recognizes the file',
    text: 'The file matches the policy’s globs, but no format reader recognizes it, so nothing of it was examined: {reason}',
    nextStep: 'Release the model in a format modelgate reads, or exclude the file in the policy if it is no model.',
  },
  'gate/broken-samples': {
    severity: 'medium',
    title: 'Records of the dataset could not be read',
    text: '{count} records or files of the dataset could not be read, so nothing is known of them. The first is {place}: {reason}',
    nextStep: 'Repair or remove them, or say in the policy’s datasets block how the dataset is read. A loader that is less strict trains on what was not looked at.',
  },
  'gate/part-of-dataset': {
    severity: 'medium',
    title: 'A part of a dataset, before the parts are joined',
    text: 'Part {index} of {count} of the dataset was read. No detector has looked at it, and nothing is known of it before all parts are joined.',
    nextStep: 'Join the reports of all shards, with the folder "samples" beside each, with "modelgate merge".',
  },
  'gate/pointer-not-scanned': {
    severity: 'low',
    title: 'An approved Git LFS pointer was not scanned',
    text: 'A Git LFS pointer stands in for the file. Its digest is approved in the lockfile, but the file is not here, so no detector looked at it.',
    nextStep: 'Check out with LFS files (actions/checkout: lfs: true) to have the file itself examined.',
  },
  'gate/source-unknown': {
    severity: 'medium',
    title: 'Where the artifact comes from could not be checked',
    text: 'Where the artifact comes from could not be checked: {reason}',
    nextStep: 'Repair the lockfile or its entry, and run again.',
  },
  'gate/deleted-but-listed': {
    severity: 'low',
    title: 'A deleted artifact is still in the lockfile',
    text: '{file} is gone, but the lockfile still approves it.',
    nextStep: 'Remove its entry with "modelgate lock", so that nobody can bring the file back unseen.',
  },
  'gate/nothing-to-scan': {
    severity: 'low',
    title: 'Nothing was scanned',
    text: 'No artifact was scanned: {reason}',
    nextStep: 'If there should have been one, check the paths and the policy’s artifacts.include. If not, set nothingToScan: pass.',
  },
  'gate/changes-unknown': {
    severity: 'medium',
    title: 'What changed could not be established',
    text: 'What changed could not be established ({reason}), so everything that matches the policy’s globs was scanned.',
    nextStep: 'Check out with the base commit (actions/checkout: fetch-depth: 0), or give the action a token that may read the pull request.',
  },
  'gate/policy-changed': {
    severity: 'medium',
    title: 'The policy is changed by what it judges',
    text: '{file} is changed. The policy of the base commit was in force; the change took no effect on this run.',
    nextStep: 'Review the change of the policy on its own: it decides about every run after it is merged.',
  },
  'gate/lockfile-changed': {
    severity: 'medium',
    title: 'The lockfile is changed by what it judges',
    text: '{file} is changed. The lockfile of the base commit was in force; the change took no effect on this run.',
    nextStep: 'Check each new hash against its source before merging: it is trusted by every run afterwards.',
  },
  'gate/budget-reached': {
    severity: 'medium',
    title: 'The time budget was used up',
    text: 'The budget of {seconds} s was used up before everything was examined.',
    nextStep: 'Raise the budget, or split the run with shards.',
  },
  'gate/warn-only': {
    severity: 'info',
    title: 'Failing is switched off',
    text: 'This run may only warn: {count} lowered from fail to warn.',
    nextStep: 'Switch off warn-only once the findings are dealt with.',
  },
} as const satisfies Record<string, DetectorMessage>;

export type GateRuleId = keyof typeof GATE_RULES;
