import type { FileOddityKind } from '../../model/structure.ts';
import type { DetectorMessage, Severity } from '../detector.ts';

export type FileStructureMessage = FileOddityKind | 'sound-structure';

const EXPORT = 'Export the model again with a common tool from weights you trust, and ask its producer how it came to be.';
const LOOK_UP = 'Find out which library brings it and what it does. If it is yours and harmless, allow it in the policy: detectors.file-structure.allow.';

function message(severity: Severity, title: string, what: string, nextStep = EXPORT): DetectorMessage {
  return { severity, title, text: `${what}: {place}. {detail}.`, nextStep };
}

/** Severities are fixed: nothing that a file says of itself lowers one. Medium is "could not tell", high and critical are findings. */
export const FILE_STRUCTURE_MESSAGES: Readonly<Record<FileStructureMessage, DetectorMessage>> = {
  'duplicate-key': message('medium', 'A key is there twice', 'Programs differ in which of two equal keys they take (CWE-694)', 'Remove one of them.'),
  'overlapping-data': message('high', 'Data share bytes', 'Two parts of the model lie on the same bytes, so that a change of one changes the other (CWE-119)'),
  'uncovered-bytes': message('medium', 'Bytes belong to nothing', 'Bytes of the file belong to nothing that it lists; a second file hides there easily (CWE-506)'),
  'misaligned-data': message('medium', 'Data do not lie where the format puts them', 'Data are not aligned as the format asks, so that programs read them differently (CWE-436)'),
  'external-path': message('info', 'A file beside the model belongs to it', 'Loading the model loads another file (CWE-73)', 'Gate and approve that file too.'),
  'escaping-path': message('critical', 'A path leads out of the model’s folder', 'Loading the model opens a file outside of its folder (CWE-22)', 'Do not load it. Ask the producer how the path came to be.'),
  'missing-part': message('medium', 'A part of the model is missing', 'The model has parts that are not there, so nobody can tell what they hold (CWE-353)', 'Fetch the whole model, and gate it in one folder.'),
  'network-address': message('low', 'A description holds a network address', 'A description names an address (CWE-200); most are of papers and licences', 'Nothing, if the address is that of the model’s source.'),
  'embedded-executable': message('high', 'A program is embedded', 'The file carries an executable program where models have descriptions (CWE-506)', 'Do not use the file. Ask where it comes from.'),
  'embedded-script': message('high', 'A script is embedded', 'The file carries a script where models have descriptions (CWE-94)', 'Do not use the file. Ask where it comes from.'),
  'embedded-pickle': message('medium', 'A pickle is embedded', 'The file carries a pickle where models have descriptions; a program that loads it runs what it says (CWE-502)', 'Find out which program needs it. Keep plain values as plain text.'),
  'custom-operator': message('medium', 'An operator needs code from elsewhere', 'The model needs an operator that a library has to bring along (CWE-829)', LOOK_UP),
  'python-operator': message('critical', 'An operator runs Python', 'Running the model runs a Python function (CWE-94)', 'Do not run it. Export the model with ordinary operators.'),
  'file-operator': message('high', 'An operator opens files', 'Running the model reads or writes a file of the system (CWE-73)', 'Do not run it. Ask the producer what the model needs a file for.'),
  'unknown-class': message('medium', 'A class needs code from elsewhere', 'Loading the model needs a class that is on no list (CWE-829)', LOOK_UP),
  'unknown-extension': message('medium', 'A declaration that the format leaves to others', 'The file holds a declaration whose meaning only its producer knows (CWE-829)', LOOK_UP),
  'entity-declaration': message('high', 'A document type with entities', 'Reading the file with a common XML parser reads other files, opens connections or uses up memory (CWE-611, CWE-776)', 'Do not read it with a parser that follows entities. Remove the document type.'),
  'declared-size': message('high', 'A declared size is beyond measure', 'Loading the model sets memory aside for a size that the file only states (CWE-789)'),
  'sound-structure': { severity: 'info', title: 'The structure is sound', text: 'Nothing is odd about {count} declarations.', nextStep: 'Nothing has to be done.' },
};
