/**
 * Paper: Fifield, A better zip bomb, USENIX WOOT 2019 (members that share bytes, section 3). You, Chen, Wang, Duan, My ZIP
 * isn't your ZIP: Identifying and Exploiting Semantic Gaps Between ZIP Parsers, USENIX Security 2025 (the places where
 * readers of one archive see different members). For models: Liu et al., The Art of Hide and Seek: Making Pickle-Based
 * Model Supply Chain Poisoning Stealthy Again, arXiv:2508.19774 (archives that scanners give up on and loaders open).
 * Needs: the archive facet (structure only; members are inspected by themselves).
 * Defeated by: an archive whose structure is sound; what its members hold is for the detectors of their formats.
 */
import { Type } from '@sinclair/typebox';
import { ARCHIVE_ODDITIES, type ArchiveObservation, type ArchiveOddity } from '../model/archive.ts';
import { defineDetector, type DetectorMessage, type Observation, type Severity } from './detector.ts';
import { detailsAtMost } from './details-at-most.ts';
import { SEVERITY_LEVELS } from './severity-levels.ts';

type Message = ArchiveOddity | 'sound-structure';

const REPACK = 'Pack the archive again with a common tool from files you trust, and ask its producer how it came to be.';

function message(severity: Severity, title: string, what: string, nextStep = REPACK): DetectorMessage {
  return { severity, title, text: `${what}: {place}. {detail}.`, nextStep };
}

const MESSAGES: Readonly<Record<Message, DetectorMessage>> = {
  'path-traversal': message('critical', 'A member is unpacked outside of its folder', 'Unpacking writes outside of the chosen folder (CWE-22)', 'Do not unpack it. Ask the producer how the name came to be.'),
  'absolute-path': message('critical', 'A member is unpacked to an absolute path', 'Unpacking writes to a fixed place of the system (CWE-36)', 'Do not unpack it. Ask the producer how the name came to be.'),
  'escaping-link': message('critical', 'A link leads out of the archive’s folder', 'A link in the archive leads out of its folder, so that later members are written through it or secrets are read (CWE-59)', 'Do not unpack it. Pack files instead of links.'),
  link: message('low', 'The archive holds a link', 'A member is a link within the archive (CWE-59)', 'Pack the file itself instead of a link.'),
  device: message('high', 'A member is a device', 'A member is a device, a pipe or a socket (CWE-67)'),
  'misleading-name': message('high', 'A name is not what it looks like', 'The name of a member shows people something else than programs see (CWE-451)'),
  'duplicate-name': message('high', 'Two members have one name', 'Programs differ in which of two members they take (CWE-694)'),
  'similar-names': message('low', 'Two names differ in case or composition only', 'On some systems two members are one file (CWE-178)', 'Rename one of them.'),
  'name-mismatch': message('high', 'A member has two names', 'Programs differ in what a member is called (CWE-436, as in CVE-2025-1944)'),
  'header-mismatch': message('high', 'Directory and member disagree', 'The directory and the member itself say different things (CWE-436)'),
  'unlisted-member': message('high', 'A member is not in the directory', 'A member is hidden from programs that read the directory (CWE-436)'),
  'second-end-record': message('high', 'The archive has two ends', 'Programs differ in where the archive ends and so in what it holds (CWE-436)'),
  'second-directory': message('high', 'The archive has two directories', 'Programs differ in which directory they take and so in what it holds (CWE-436)'),
  'end-record-mismatch': message('high', 'The end record does not fit the archive', 'The end record and the archive disagree (CWE-436)'),
  'damaged-directory': message('high', 'The directory is damaged', 'The directory cannot be read as a whole (CWE-354)'),
  'overlapping-members': message('high', 'Members share bytes', 'Members share bytes, as in a decompression bomb (CWE-409)'),
  'hidden-bytes': message('medium', 'Bytes belong to no member', 'Bytes in the archive belong to nothing that it lists (CWE-506)'),
  'prepended-data': message('medium', 'Data in front of the archive', 'The file begins with something else than the archive: it can be two formats at once (CWE-434)'),
  'appended-data': message('medium', 'Data behind the archive', 'The file ends with something else than the archive: it can be two formats at once (CWE-434)'),
  'false-flags': message('high', 'Flags that are not true', 'Flags make some programs refuse what others read (CWE-436, as in CVE-2025-1945)'),
  'bad-checksum': message('high', 'A checksum is wrong', 'The content of a member is not what was packed, or its checksum is to stop scanners (CWE-354, as in CVE-2025-10156)', 'Fetch or pack the file again; if the checksum is still wrong, ask its producer.'),
  'size-mismatch': message('high', 'A size is wrong', 'A member has another size than it says (CWE-130)'),
  expansion: message('high', 'A member grows beyond measure', 'Unpacking takes more memory or disk than the archive admits (CWE-409)', 'Do not unpack it. Release the content without this compression.'),
  encrypted: message('info', 'A member is encrypted', 'The content of a member is encrypted and was not examined', 'Release it without encryption, so that it can be examined.'),
  'unreadable-member': message('low', 'A member cannot be unpacked', 'The content of a member cannot be unpacked (CWE-354)', 'Fetch or pack the file again.'),
  'sound-structure': { severity: 'info', title: 'The structure is sound', text: 'Directory, headers and contents of {members} members agree.', nextStep: 'Nothing has to be done.' },
};

/** 0 is left for nothing at all. */
const rankOf = (message: Message): number => 1 + SEVERITY_LEVELS[MESSAGES[message].severity];

export const archiveStructure = defineDetector({
  meta: {
    id: 'archive-structure',
    title: 'Archives that different programs read differently',
    description:
      'Compares everything that an archive says about its members in more than one place: directory, local headers, sizes, checksums, flags, ' +
      'names. Where they disagree, a scanner and a loader can see different files. Also finds members that are written outside of their folder ' +
      'and archives that expand beyond measure.',
    family: 'file',
    needs: ['archive'],
    messages: MESSAGES,
    metric: { name: 'severity of the worst observation', unit: 'of 5 (3 medium, 4 high, 5 critical)', flaggedWhen: 'above', threshold: 2 },
    cost: { tier: 'weights', description: 'reads and unpacks the archive once' },
    references: [
      { title: 'My ZIP isn’t your ZIP: Identifying and Exploiting Semantic Gaps Between ZIP Parsers', authors: 'You, Chen, Wang, Duan', year: 2025, url: 'https://www.usenix.org/conference/usenixsecurity25/presentation/you', role: 'source' },
      { title: 'A better zip bomb', authors: 'Fifield', year: 2019, url: 'https://www.usenix.org/conference/woot19/presentation/fifield', role: 'source' },
      { title: 'The Art of Hide and Seek: Making Pickle-Based Model Supply Chain Poisoning Stealthy Again', authors: 'Liu, Meng, Zhou, Deng, Yao, Chen', year: 2025, url: 'https://arxiv.org/abs/2508.19774', role: 'defeats' },
    ],
    limitations: [
      'A sound structure says nothing about what the members hold: each is inspected by itself.',
      'Encrypted members are not opened; the archive is inconclusive.',
      'What a program does with an archive that breaks the rules is known for the common ones only; every disagreement counts.',
    ],
    lifecycle: 'stable',
    since: '0.2.0',
  },
  options: Type.Object(
    { maximumObservations: Type.Integer({ default: 20, minimum: 1, maximum: 1000, description: 'How many observations of one kind are reported; the rest is counted.' }) },
    { additionalProperties: false },
  ),

  async detect(model, options, context) {
    context.signal.throwIfAborted();
    const { members, observations } = model.facets.archive;
    if (context.outOfTime()) return { outcome: 'inconclusive', examined: 0, reason: 'The time ran out before the structure was looked at.' };
    context.progress(0, 'structure');
    const sorted = [...observations].sort((one, other) => rankOf(other.oddity) - rankOf(one.oddity));
    const reported = ARCHIVE_ODDITIES.flatMap((oddity) => atMost(sorted.filter((one) => one.oddity === oddity), options.maximumObservations));
    const [first, ...rest] = reported.sort((one, other) => rankOf(other.message) - rankOf(one.message));
    return {
      outcome: 'measured',
      // The structure itself is looked at, so an empty archive has been examined too.
      examined: members.length + 1,
      metric: first === undefined ? 0 : rankOf(first.message),
      measurements: [{ name: 'members', value: members.length }, { name: 'observations', value: observations.length }],
      observations: first === undefined ? [{ message: 'sound-structure', data: { members: members.length }, location: {} }] : [first, ...rest],
    };
  },
});

function atMost(observations: readonly ArchiveObservation[], most: number): Observation<Message>[] {
  return detailsAtMost(observations, most).map(({ oddity, member, bytes, detail }) => ({
    message: oddity,
    data: { place: member ?? 'the archive itself', detail },
    location: { ...(member === undefined ? {} : { member }), ...(bytes === undefined ? {} : { bytes: { ...bytes } }) },
  }));
}
