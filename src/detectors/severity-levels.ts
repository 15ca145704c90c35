import type { Severity } from './detector.ts';

/** Severities as numbers, for metrics that are the worst of what was seen. */
export const SEVERITY_LEVELS: Readonly<Record<Severity, number>> = { info: 0, low: 1, medium: 2, high: 3, critical: 4 };
