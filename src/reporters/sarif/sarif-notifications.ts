import type { GateReport } from '../../report.ts';
import { escapeSarif, MAX_NAME_CHARACTERS } from '../escape.ts';
import { count } from '../view/format-number.ts';
import type { ReportView } from '../view/report-view.ts';
import { fileLocation } from './sarif-locations.ts';
import type { SarifNotification } from './sarif-log.ts';

/** Notifications are one a reason, not one an artifact; a run with more different reasons than this has a larger problem. */
const MAX_NOTIFICATIONS = 500;
/** GitHub keeps 100 locations of a result; the same bound serves here. */
const MAX_LOCATIONS = 100;

export const NOTIFICATION_KINDS = [
  { id: 'could-not-tell', shortDescription: { text: 'A check did not come to a result.' } },
  { id: 'error', shortDescription: { text: 'A check or an artifact failed with an error, so nobody could tell.' } },
  { id: 'skipped', shortDescription: { text: 'A file was seen and not scanned.' } },
  { id: 'left-out', shortDescription: { text: 'Something did not fit into this file.' } },
] as const;

/** What could not be told, and what was skipped. These are no results: GitHub would show them as alerts. */
export function sarifNotifications(view: ReportView): SarifNotification[] {
  const all = [
    ...view.untold.map((group): SarifNotification => {
      const next = group.nextStep === undefined ? '' : ` Next step: ${escapeSarif(group.nextStep)}`;
      return notification(
        group.outcome === 'error' ? 'error' : 'warning',
        group.outcome === 'error' ? 'error' : 'could-not-tell',
        `${escapeSarif(group.checks.join(', '), MAX_NAME_CHARACTERS)} could not tell for ${group.paths.length === 0 ? 'the run as a whole' : count(group.paths.length, 'artifact')}: ${escapeSarif(group.reason)}${next}`,
        group.paths,
      );
    }),
    ...view.skipped.map(({ reason, paths }) =>
      notification('note', 'skipped', `${count(paths.length, 'file')} skipped: ${escapeSarif(reason)}`, paths)),
  ];
  if (all.length <= MAX_NOTIFICATIONS) return all;
  const rest = all.length - MAX_NOTIFICATIONS;
  return [...all.slice(0, MAX_NOTIFICATIONS), notification('warning', 'left-out', `${count(rest, 'more notification')} left out; the JSON report has every one.`, [])];
}

export function notification(
  level: SarifNotification['level'],
  id: (typeof NOTIFICATION_KINDS)[number]['id'],
  text: string,
  paths: readonly string[],
): SarifNotification {
  const locations = paths.slice(0, MAX_LOCATIONS).map((path) => ({ physicalLocation: { artifactLocation: fileLocation(path) } }));
  return { level, message: { text }, descriptor: { id }, ...(locations.length === 0 ? {} : { locations }) };
}

/** False only when the tool itself failed somewhere; an artifact that cannot be read is a result of a working tool. */
export function isExecutionSuccessful(report: GateReport): boolean {
  return report.artifacts.every(
    (artifact) => artifact.error?.blame !== 'tool' && artifact.results.every((result) => result.error?.blame !== 'tool'),
  );
}
