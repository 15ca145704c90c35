import type { Command } from 'commander';
import { detectors } from '../detectors/index.ts';
import { ruleCatalog } from '../gate/rule-catalog.ts';
import { explainRule } from '../policy/explain.ts';
import { docsUrl } from '../reporters/docs-url.ts';
import type { CliContext } from './context.ts';

/** `modelgate explain <rule>`: what a finding means and what to do. */
export function addExplainCommand(program: Command, context: CliContext): void {
  program
    .command('explain')
    .description('Explain a rule: what was seen, how bad it is, what to do, where it is documented.')
    .argument('<rule>', 'rule id as it stands in a finding, for instance trusted-source/hash-mismatch; or a detector’s id')
    .action((id: string) => {
      const rules = [...ruleCatalog().values()].filter((one) => one.id === id || one.id.startsWith(`${id}/`));
      if (rules.length === 0) explainRule(id, { detectors });
      const blocks = rules.map((rule) =>
        [
          `${rule.id}  (severity ${rule.severity})`,
          `  ${rule.title}`,
          '',
          `  What it says    ${rule.text}`,
          `  What to do      ${rule.nextStep}`,
          ...(rule.meaning === undefined ? [] : [`  What it checks  ${rule.meaning}`]),
          ...rule.references.map((one) => `  ${one.role === 'defeats' ? 'Defeated by   ' : 'Reference     '}  ${one.authors} ${one.year}: ${one.title} <${one.url}>`),
          ...rule.limitations.map((one) => `  Cannot see      ${one}`),
          `  Documentation   ${docsUrl(rule.id)}`,
        ].join('\n'),
      );
      context.stdout.write(`${blocks.join('\n\n')}\n`);
    });
}
