import { MAX_ARCHIVE_DEPTH, MAX_EXPANDED_BYTES, MAX_INSPECTED_MEMBERS } from '../artifacts/archive-limits.ts';
import type { Digest } from '../artifacts/artifact.ts';
import { memberPath, type MemberPlace } from '../artifacts/member-place.ts';
import { GateError } from '../errors.ts';
import type { FoundMember, Inspection } from '../inspection/inspection.ts';
import type { ArtifactEvidence } from '../policy/evidence.ts';
import type { Provenance } from '../report.ts';
import { schedule } from './schedule.ts';

/** What is asked about one member; everything else is as for the file that holds it. */
export interface MemberRequest {
  readonly path: string;
  readonly digest: Digest;
  readonly size: number;
  readonly within: readonly MemberPlace[];
  readonly readAs?: string;
  readonly expansionBytes: number;
}

export interface MemberPorts {
  /** Inspects one member and gives its row and what it holds itself. */
  readonly inspect: (member: MemberRequest) => Promise<{ readonly row: ArtifactEvidence; readonly inspection: Inspection }>;
  /** How many members are inspected at a time. */
  readonly lanes: number;
}

/** What may still be spent on one file, at any depth: an archive of archives multiplies whatever each of them may. */
interface Allowance {
  inspections: number;
  expansionBytes: number;
}

export interface Container {
  /** The file that holds all of it, however deep. */
  readonly file: string;
  readonly path: string;
  readonly digest: Digest;
  readonly within: readonly MemberPlace[];
  readonly members: readonly FoundMember[];
}

/**
 * The rows of everything that an archive holds, at any depth, in the archive's order. Two members with the same bytes are
 * inspected once. What would pass a limit is a row with an error: it was seen, and nobody can tell what it is.
 */
export async function gatherMembers(container: Container, ports: MemberPorts): Promise<ArtifactEvidence[]> {
  return gatherBelow(container, ports, { inspections: MAX_INSPECTED_MEMBERS, expansionBytes: MAX_EXPANDED_BYTES });
}

async function gatherBelow(container: Container, ports: MemberPorts, left: Allowance): Promise<ArtifactEvidence[]> {
  const seen = new Map<string, Promise<ArtifactEvidence[]>>();
  const rows = await schedule(container.members, ports.lanes, (member) => {
    const key = `${member.digest ?? ''}/${member.readAs ?? ''}/${member.otherwise ?? ''}`;
    const known = member.digest === undefined || member.trouble !== undefined ? undefined : seen.get(key);
    if (known !== undefined) return known.then(([first]) => (first === undefined ? [] : [{ ...base(member, container), ...twinOf(first) }]));
    const own = gatherMember(member, container, ports, left);
    if (member.trouble === undefined) seen.set(key, own);
    return own;
  });
  return rows.flat();
}

async function gatherMember(member: FoundMember, container: Container, ports: MemberPorts, left: Allowance): Promise<ArtifactEvidence[]> {
  const { digest, size, place, readAs, trouble, otherwise } = member;
  const empty = base(member, container);
  if (trouble !== undefined || digest === undefined) {
    return [{ ...empty, error: trouble ?? limit('The member has no digest.', empty.path) }];
  }
  const within = place === undefined ? container.within : [...container.within, place];
  if (within.length > MAX_ARCHIVE_DEPTH) {
    return [{ ...empty, error: limit(`It lies ${within.length} archives deep; ${MAX_ARCHIVE_DEPTH} are opened.`, empty.path) }];
  }
  left.inspections -= 1;
  if (place !== undefined && place.encoding !== 'stored') left.expansionBytes -= (place.skip ?? 0) + place.size;
  if (left.inspections < 0 || left.expansionBytes < 0) {
    return [{ ...empty, error: limit('The file holds more members, or more packed bytes, than are examined for one file.', empty.path) }];
  }
  const { row, inspection } = await ports.inspect({
    path: empty.path, digest, size, within, expansionBytes: left.expansionBytes, ...(readAs === undefined ? {} : { readAs }),
  });
  if (otherwise !== undefined && row.error?.code.startsWith('format/') === true) return [];
  const own = { ...row, container: container.file, provenance: empty.provenance };
  if (inspection.members === undefined) return [own];
  const below = await gatherBelow({ file: container.file, path: own.path, digest, within, members: inspection.members }, ports, left);
  return [answeredBy(own, below, inspection.members.length), ...below];
}

/**
 * The row of an archive without the detectors that do not apply to it but answered for one of its members: it is the
 * members that they are about. A detector that answered for none is still missing, and its absence is the archive's.
 */
export function answeredBy(archive: ArtifactEvidence, members: readonly ArtifactEvidence[], count: number): ArtifactEvidence {
  const answered = new Set(members.flatMap((one) => one.results).filter((one) => one.outcome !== 'not-applicable').map((one) => one.detector));
  const results = archive.results.filter((one) => one.outcome !== 'not-applicable' || !answered.has(one.detector));
  return { ...archive, results, members: count };
}

function base(member: FoundMember, container: Container): ArtifactEvidence {
  const provenance: Provenance = { outcome: 'not-applicable', text: `Covered by the digest of the file that holds it (${container.file}).`, observations: [] };
  return {
    path: memberPath(container.path, member.name), container: container.file, size: member.size,
    ...(member.digest === undefined ? {} : { digest: member.digest }),
    provenance, results: [], notes: [],
  };
}

/** The same bytes under another name: what was found in them stands in the first row. */
function twinOf(first: ArtifactEvidence): Partial<ArtifactEvidence> {
  return {
    results: first.results, ...(first.format === undefined ? {} : { format: first.format }), ...(first.error === undefined ? {} : { error: first.error }),
    ...(first.members === undefined ? {} : { members: first.members }),
    notes: [`The same bytes as ${first.path}.`],
  };
}

function limit(message: string, path: string) {
  return new GateError({ code: 'format/limit-exceeded', message, where: { artifact: path }, nextStep: 'Unpack the archive and gate what it holds.' }).toData();
}
