import type { TrustedSourceMessageText } from './trusted-source-messages.ts';

/** Every rule `dataset-source/<key>`, and what it says. */
export const DATASET_SOURCE_MESSAGES = {
  'no-manifest': {
    severity: 'medium',
    title: 'Dataset without a manifest',
    text: 'No manifest of {path} is in force ({manifest}), so nobody has approved these files.',
    nextStep: 'Check where the data come from, then write a manifest with "modelgate dataset lock" and have it reviewed. In a pull request it takes effect after the merge.',
  },
  'content-mismatch': {
    severity: 'critical',
    title: 'Dataset differs from the approved one',
    text: '{path} is not what its manifest approves: {added} files added, {removed} missing, {changed} changed, such as {first}.',
    nextStep: 'Find out who changed the files; "modelgate dataset diff" names the samples. If that is wanted, lock the dataset again with "modelgate dataset lock" and have the manifest’s diff reviewed; otherwise restore the files.',
  },
  'proposed-change': {
    severity: 'low',
    title: 'Dataset changed together with its manifest',
    text: '{path} differs from the approved version, and the change under test brings a manifest that fits: {summary}.',
    nextStep: 'Read the manifest’s diff: what was added, removed, changed and relabelled, and where it comes from. Merging it approves it.',
  },
  'contradictory-manifest': {
    severity: 'critical',
    title: 'Manifest contradicts itself',
    text: '{manifest} states the root {stated} of its {part}, but they have the root {actual}.',
    nextStep: 'The manifest was edited by hand or forged. Restore it, or lock the dataset again and review every line of the difference.',
  },
  'sample-mismatch': {
    severity: 'critical',
    title: 'Samples are not those of the manifest',
    text: '{manifest} states the root {stated} of the samples, but those read from {path} have the root {actual}.',
    nextStep: 'Labels or contents in the manifest are not those of the files, or the files are read in another way (see the policy’s datasets block). Lock the dataset again and review the difference.',
  },
  'untrusted-source': {
    severity: 'high',
    title: 'Data from a source the policy does not allow',
    text: '{count} files of {path}, such as {first}, come from {source}, which matches none of the allowed sources ({allowed}).',
    nextStep: 'Get the data from an allowed source, or add theirs to "allowedSources" of the dataset in the policy.',
  },
  'no-source': {
    severity: 'high',
    title: 'Data without provenance',
    text: '{count} files of {path}, such as {first}, have no source in {manifest}.',
    nextStep: 'Say where they come from: "modelgate dataset lock --source-url …", with --match for a part of the files.',
  },
  relabelled: {
    severity: 'high',
    title: 'Too many labels changed',
    text: '{count} of {of} approved samples of {path} have another label, {share} %; at most {allowed} % may change. The first is {first}, from {before} to {after}.',
    nextStep: 'Have every changed label checked by somebody who did not propose it. Correct relabelling of many samples can be allowed with "maxRelabelledShare" for one change.',
  },
  'source-changed': {
    severity: 'high',
    title: 'Stated source changed',
    text: 'The manifest of {path} named the source {before} and now names {after}.',
    nextStep: 'Fetch the data from the stated source and revision yourself, and compare their digests with the manifest.',
  },
  'record-mismatch': {
    severity: 'critical',
    title: 'Files contradict what was recorded of them',
    text: '{record} says that {file} has {algorithm} {stated}, but it has {actual}.',
    nextStep: 'The file is not the one that was recorded. Fetch the dataset again from its source, or have the new record reviewed.',
  },
  'revision-mismatch': {
    severity: 'critical',
    title: 'Another revision than the approved one',
    text: '{record} says that {path} was downloaded at revision {actual}, but the manifest approves {stated}.',
    nextStep: 'Download the approved revision, or lock the new one and have the difference reviewed.',
  },
  'unresolved-pointer': {
    severity: 'medium',
    title: 'Git LFS pointers in place of data',
    text: '{count} files of {path}, such as {first}, are Git LFS pointers; the data themselves are not there and were not looked at.',
    nextStep: 'Fetch the files before the scan: set "lfs: true" in the checkout step, or run "git lfs pull".',
  },
  'chain-gap': {
    severity: 'high',
    title: 'A gap in the chain from data to model',
    text: '{path} was made from {part}, {gap}.',
    nextStep: 'Lock what the model was made from: datasets with "modelgate dataset lock", initial weights with "modelgate lock". Name them in the policy’s models block.',
  },
} as const satisfies Readonly<Record<string, TrustedSourceMessageText>>;

export type DatasetSourceMessage = keyof typeof DATASET_SOURCE_MESSAGES;
