import type { GateReport } from '../report.ts';
import { escapeJson } from './escape.ts';
import type { Reporter } from './reporter.ts';
import { compare } from './view/finding-view.ts';

/** The report itself, whole: the document other tools read. Nothing is shortened and nothing is left out. */
export const jsonReporter: Reporter = {
  meta: {
    id: 'json',
    title: 'JSON',
    description: 'The whole report as schema/report.schema.json describes it, with keys in alphabetical order.',
    mediaType: 'application/json',
    fileExtension: 'json',
    since: '0.1.0',
  },
  render(report: GateReport): string {
    const artifacts = [...report.artifacts].sort((a, b) => compare(a.path, b.path));
    return `${escapeJson(JSON.stringify(sortKeys({ ...report, artifacts }), undefined, 2))}\n`;
  },
};

/** The same value with every object's keys in code-unit order, so that equal reports are equal files. */
export function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  // A null prototype keeps a key named __proto__ a key.
  const sorted = Object.create(null) as Record<string, unknown>;
  for (const [key, member] of Object.entries(value).sort(([a], [b]) => compare(a, b))) sorted[key] = sortKeys(member);
  return sorted;
}
