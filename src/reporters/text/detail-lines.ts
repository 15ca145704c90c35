import type { ArtifactReport, Result } from '../../report.ts';
import { escapeTerminal, MAX_NAME_CHARACTERS } from '../escape.ts';
import { describeLocation, locationText } from '../view/describe-location.ts';
import { measuredBy } from '../view/finding-view.ts';
import { count, formatBytes, formatNumber } from '../view/format-number.ts';
import { block, type Entry } from './block.ts';
import { OUTCOME_MARKS } from './marks.ts';
import type { Paint } from './paint.ts';

/** Everything the report knows of one artifact, for --verbose. */
export function detailLines(artifact: ArtifactReport, paint: Paint): string[] {
  const { provenance } = artifact;
  const approved = [provenance.approvedBy, provenance.approvedAt].filter((one) => one !== undefined).join(', ');
  return [
    paint('bold', `• ${escapeTerminal(artifact.path, MAX_NAME_CHARACTERS)}`),
    ...block(
      [
        ['Digest', artifact.digest === undefined ? 'not known: the bytes could not be read' : escapeTerminal(artifact.digest)],
        ['Size', artifact.size === undefined ? undefined : formatBytes(artifact.size)],
        ['Change', artifact.change],
        ['Engine', artifact.engine === undefined ? undefined : escapeTerminal(artifact.engine, MAX_NAME_CHARACTERS)],
        ['Source', `${OUTCOME_MARKS[provenance.outcome].words}: ${escapeTerminal(provenance.text)}`],
        ['From', provenance.source === undefined ? undefined : escapeTerminal(provenance.source)],
        ['Approved', approved === '' ? undefined : escapeTerminal(approved)],
        ['Error', artifact.error === undefined ? undefined : `${escapeTerminal(artifact.error.code, MAX_NAME_CHARACTERS)}: ${escapeTerminal(artifact.error.message)}`],
        ...artifact.notes.map((note): Entry => ['Note', escapeTerminal(note)]),
        ...artifact.results.flatMap(resultEntries),
      ],
      paint,
    ),
  ];
}

function resultEntries(result: Result): Entry[] {
  const { sign, words } = OUTCOME_MARKS[result.outcome];
  const measured = measuredBy(result);
  const parts = [
    `${escapeTerminal(result.detector, MAX_NAME_CHARACTERS)}: ${words}`,
    ...(measured === undefined ? [] : [escapeTerminal(measured)]),
    `${count(result.examined, 'thing')} examined in ${formatNumber(result.seconds)} s`,
    ...(result.error === undefined && result.reason === undefined ? [] : [escapeTerminal(result.error?.message ?? result.reason ?? '')]),
  ];
  return [
    [`${sign} Result`, parts.join('; ')],
    ...result.observations.map((one): Entry => ['  Saw', escapeTerminal(one.text)]),
    ...result.measurements.map((one): Entry => {
      const where = locationText(describeLocation(one.location ?? {}), (name) => escapeTerminal(name, MAX_NAME_CHARACTERS));
      return ['  Number', `${escapeTerminal(one.name, MAX_NAME_CHARACTERS)} ${formatNumber(one.value)}${where === '' ? '' : ` (${where})`}`];
    }),
  ];
}
