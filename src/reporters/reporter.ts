import type { Finding, GateReport, Pictures } from '../report.ts';

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

/** A paper or page behind a rule; `defeats` names what is known to get past it. */
export interface RuleReference {
  readonly title: string;
  readonly authors: string;
  readonly year: number;
  readonly url: string;
  readonly role: 'source' | 'defeats' | 'background';
}

/** What is known about a rule besides the one finding: titles, meaning and reading. Trusted text, written by us. */
export interface RuleDescription {
  /** A short noun phrase. */
  readonly title: string;
  readonly severity: Finding['severity'];
  /** The sentence of the observation; may hold `{name}` places. */
  readonly text: string;
  /** What it means when the rule fires: how the detector works and what it does not prove. */
  readonly meaning?: string;
  readonly nextStep: string;
  readonly references: readonly RuleReference[];
  readonly limitations?: readonly string[];
  /** Absolute; by default the detector's page (docs-url.ts). */
  readonly docsUrl?: string;
}

/** By rule id (`<detector>/<message>`, `trusted-source/<message>`, `gate/<message>`). */
export type RuleCatalog = ReadonlyMap<string, RuleDescription>;

export interface RenderOptions {
  /** ANSI colour; only the text reporter looks at it. */
  readonly color: boolean;
  /** Show every result, not only what was flagged or could not tell. */
  readonly verbose: boolean;
  /** Makes findings say what they mean and SARIF list every rule; a report renders without it. */
  readonly rules?: RuleCatalog;
  /** A smaller limit than `meta.maxBytes`: the same Markdown as a pull-request comment, for instance. */
  readonly maxBytes?: number;
  /** Bytes of the report's pictures by digest, for a document that holds them. */
  readonly pictures?: Pictures;
  /** The pictures lie in files beside the document, under the names of the report, so it may point to them. */
  readonly hasPictureFiles?: boolean;
}

/** Pure: the same report and options give the same text. Every string that came from an artifact passes escape.ts. */
export interface Reporter {
  readonly meta: ReporterMeta;
  render(report: GateReport, options: RenderOptions): string;
}
