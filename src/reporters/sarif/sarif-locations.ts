import type { ArtifactReport, Finding, GateReport } from '../../report.ts';
import { encodePath, escapeSarif, MAX_NAME_CHARACTERS, shortenMiddle } from '../escape.ts';
import type { SarifArtifactLocation, SarifLocation } from './sarif-log.ts';

export const SOURCE_ROOT = '%SRCROOT%';

/** Far longer than any path of a repository; a longer one is an attack on the size of this file. */
const MAX_URI_PATH = 1_024;

/**
 * The file on disk: the part before `!/` of an archive member. Absolute paths become file URIs, because a relative URI
 * with a base would name another file; `..` stays relative but loses the base, which it would leave.
 */
export function fileLocation(path: string): SarifArtifactLocation {
  const file = shortenMiddle(path.split('!/', 1)[0] ?? '', MAX_URI_PATH).replaceAll('\\', '/');
  if (file.startsWith('/')) return { uri: `file:///${encodePath(file.replace(/^\/+/, ''))}` };
  if (/^[a-z]:\//i.test(file)) return { uri: `file:///${encodePath(file)}` };
  const plain = file.replace(/^(\.\/)+/, '');
  if (plain === '') return { uri: '.', uriBaseId: SOURCE_ROOT };
  return plain.split('/').includes('..') ? { uri: encodePath(plain) } : { uri: encodePath(plain), uriBaseId: SOURCE_ROOT };
}

/**
 * GitHub rejects a whole file for one result without a file. A finding about the run is about what the policy says of
 * it, so it points to the policy, or to where a policy would be.
 */
export function runLocation(report: GateReport): SarifArtifactLocation {
  const { source } = report.policy;
  return fileLocation(source.includes(':') || source === '' ? 'modelgate.yml' : source);
}

/** No region for binary files: lines mean nothing in them, and GitHub knows no byte offsets. A pointer is three lines of text. */
export function findingLocation(finding: Finding, artifact: ArtifactReport | undefined, file: SarifArtifactLocation): SarifLocation {
  const logical = logicalLocations(finding, artifact);
  const isText = artifact?.error?.code === 'artifact/pointer';
  return {
    physicalLocation: { artifactLocation: file, ...(isText ? { region: { startLine: 1 } } : {}) },
    ...(logical.length === 0 ? {} : { logicalLocations: logical }),
  };
}

function logicalLocations({ location }: Finding, artifact: ArtifactReport | undefined): NonNullable<SarifLocation['logicalLocations']>[number][] {
  const inner = artifact?.path.split('!/').slice(1).join('!/') ?? '';
  const named: readonly (readonly [string, string | undefined])[] = [
    ['member', location.member ?? (inner === '' ? undefined : inner)],
    ['tensor', location.tensor],
    ['node', location.node],
    ['sourceClass', location.sourceClass?.toString()],
    ['targetClass', location.targetClass?.toString()],
  ];
  return named.flatMap(([kind, name]) => {
    if (name === undefined) return [];
    const shown = escapeSarif(name, MAX_NAME_CHARACTERS);
    return [{ name: shown, fullyQualifiedName: `${kind}/${shown}`, kind }];
  });
}
