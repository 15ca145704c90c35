import type { Writable } from 'node:stream';

export type Terminal = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** All the CLI knows of the process it runs in; tests hand in their own. */
export interface CliContext {
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stdout: Terminal;
  readonly stderr: Terminal;
  readonly signal: AbortSignal;
}

/** Colour on a terminal that has not asked for none (https://no-color.org), and where FORCE_COLOR asks for it. */
export function wantsColor(context: CliContext): boolean {
  if (isSet(context.environment['NO_COLOR'])) return false;
  if (isSet(context.environment['FORCE_COLOR'])) return context.environment['FORCE_COLOR'] !== '0';
  return context.stdout.isTTY === true && context.environment['TERM'] !== 'dumb';
}

export function isCi(context: CliContext): boolean {
  return isSet(context.environment['CI']);
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}
