import type { Static } from '@sinclair/typebox';
import type { SeveritySchema } from '../report.ts';

export interface TrustedSourceMessageText {
  readonly severity: Static<typeof SeveritySchema>;
  /** A short noun phrase: the title of the rule. */
  readonly title: string;
  /** With `{name}` places that the observation's data fills. */
  readonly text: string;
  readonly nextStep: string;
}

/** Every rule `trusted-source/<key>`, and what it says. */
export const TRUSTED_SOURCE_MESSAGES = {
  'hash-mismatch': {
    severity: 'critical',
    title: 'Artifact differs from the approved one',
    text: '{path} has the digest sha256:{actual}, but the lockfile approves sha256:{expected}.',
    nextStep:
      'Find out who changed the file. If the change is wanted, have the new file reviewed and approve it with "modelgate lock"; otherwise restore the approved file.',
  },
  'size-mismatch': {
    severity: 'high',
    title: 'Pointer names another size than the approved one',
    text: 'The Git LFS pointer {path} names {actual} bytes for the approved digest, but the lockfile says {expected} bytes.',
    nextStep: 'One digest has one size, so the pointer or the lockfile was edited by hand. Fetch the file (git lfs pull) and lock it again.',
  },
  unlisted: {
    severity: 'high',
    title: 'Artifact is not in the lockfile',
    text: '{path} (sha256:{actual}) is not listed in the lockfile {lockfile}, so nobody has approved it.',
    nextStep: 'Check where the file comes from, then approve it with "modelgate lock". A lockfile changed in the same pull request takes effect after the merge.',
  },
  'untrusted-source': {
    severity: 'high',
    title: 'Artifact comes from a source the policy does not allow',
    text: '{path} is listed with the source {source}, which matches none of the allowed sources ({allowed}).',
    nextStep: 'Get the artifact from an allowed source, or add its source to "trustedSource.allowedSources" of the policy.',
  },
  'unresolved-pointer': {
    severity: 'medium',
    title: 'Git LFS pointer without its file',
    text: '{path} is a Git LFS pointer to sha256:{actual} ({size} bytes); the file itself is not there and could not be looked at.',
    nextStep: 'Fetch the file before the scan: set "lfs: true" in the checkout step, or run "git lfs pull".',
  },
  'no-lockfile': {
    severity: 'info',
    title: 'No lockfile to compare with',
    text: 'There is no lockfile, so nothing says which bytes of {path} are approved.',
    nextStep: 'Write a lockfile with "modelgate lock" and commit it.',
  },
} as const satisfies Readonly<Record<string, TrustedSourceMessageText>>;

export type TrustedSourceMessage = keyof typeof TRUSTED_SOURCE_MESSAGES;
