import type { Command } from 'commander';
import { detectors } from '../detectors/index.ts';
import type { CliContext } from './context.ts';

/** `modelgate detectors`: what can run, what it needs, what it costs, where it comes from. */
export function addDetectorsCommand(program: Command, context: CliContext): void {
  program
    .command('detectors')
    .description('List the detectors with what they need, what they cost and the papers behind them.')
    .option('--json', 'as JSON', false)
    .action((options: { json: boolean }) => {
      context.stdout.write(options.json ? asJson() : asText());
    });
}

function asJson(): string {
  const rows = detectors.map(({ meta, options }) => ({ ...meta, options }));
  return `${JSON.stringify(rows, null, 2)}\n`;
}

function asText(): string {
  const blocks = detectors.map(({ meta, options }) =>
    [
      `${meta.id}  (${meta.family}, ${meta.lifecycle})`,
      `  ${meta.title}`,
      `  ${meta.description}`,
      `  needs      ${meta.needs.join(', ')}`,
      ...(meta.uses === undefined ? [] : [`  uses       ${meta.uses.join(', ')}, where they are there`]),
      `  cost       ${meta.cost.description}`,
      `  metric     ${meta.metric.name}, flagged ${meta.metric.flaggedWhen} ${meta.metric.threshold} ${meta.metric.unit}`,
      `  options    ${Object.keys(options.properties).join(', ') || 'none'}`,
      ...meta.references.map((one) => `  ${one.role === 'defeats' ? 'defeated by' : 'reference'}  ${one.authors} ${one.year}: ${one.title} <${one.url}>`),
    ].join('\n'),
  );
  return `${blocks.join('\n\n')}\n`;
}
