import { sha256Of } from '../../artifacts/digest.ts';
import type { Picture } from '../../report.ts';

/** Enough of a file's name to recognize it in a folder. */
const MAX_NAME_CHARACTERS = 24;
const MAX_DETECTOR_CHARACTERS = 48;
/** Digits that tell apart artifacts with one name: 48 bits; two files of one run never meet by chance. */
const IDENTITY_DIGITS = 12;

type Kind = Picture['kind'] | 'diagram';

const ENDINGS: Readonly<Record<Kind, string>> = { 'contact-sheet': 'sheet.png', mask: 'mask.png', pattern: 'pattern.png', suspects: 'suspects.png', diagram: 'diagram.svg' };

/**
 * Name of a picture beside the report: `pictures/<artifact>-<identity>-<detector>-<observation>-<kind>.png`, a diagram's with `.svg`. Made of
 * lower-case letters, digits and hyphens only, whatever the artifact is called (CWE-22); the identity is of path and
 * digest, so the same artifact has the same names in every run and in every shard.
 */
export function pictureFile(artifact: { readonly path: string; readonly digest: string }, detector: string, observation: number, kind: Kind): string {
  const base = artifact.path.slice(artifact.path.lastIndexOf('/') + 1).replace(/\.[A-Za-z0-9]+$/, '');
  const identity = sha256Of(`${artifact.path}\n${artifact.digest}`).slice('sha256:'.length, 'sha256:'.length + IDENTITY_DIGITS);
  const parts = [slug(base, MAX_NAME_CHARACTERS) || 'artifact', identity, slug(detector, MAX_DETECTOR_CHARACTERS) || 'detector', String(observation + 1), ENDINGS[kind]];
  return `pictures/${parts.join('-')}`;
}

function slug(text: string, maxCharacters: number): string {
  const words = text.slice(0, 1000).toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return words.join('-').slice(0, maxCharacters).replace(/-$/, '');
}
