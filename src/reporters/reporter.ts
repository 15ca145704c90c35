import type { GateReport } from '../report.ts';

export interface ReporterMeta {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly mediaType: string;
  readonly fileExtension: string;
  /** A hard limit of where the document goes; what does not fit is counted in the document, never dropped silently. */
  readonly maxBytes?: number;
  readonly since: string;
}

export interface RenderOptions {
  /** ANSI colour; only the text reporter looks at it. */
  readonly color: boolean;
  /** Show every result, not only what was flagged or could not tell. */
  readonly verbose: boolean;
}

/** Pure: the same report and options give the same text. Every string that came from an artifact passes escape.ts. */
export interface Reporter {
  readonly meta: ReporterMeta;
  render(report: GateReport, options: RenderOptions): string;
}
