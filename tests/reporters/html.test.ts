import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { htmlReporter } from '../../src/reporters/html.ts';
import { fixture, loadReport, PLAIN, REPORT_NAMES, RULES } from './load-report.ts';

describe('html', () => {
  it.each(REPORT_NAMES)('shows the %s report as in its snapshot', async (name) => {
    await expect(htmlReporter.render(loadReport(name), { ...PLAIN, rules: RULES })).toMatchFileSnapshot(fixture('html', `${name}.html`));
  });

  it.each(REPORT_NAMES)('needs nothing from outside and runs nothing in the %s report', (name) => {
    const page = htmlReporter.render(loadReport(name), { ...PLAIN, rules: RULES });

    expect(page).not.toMatch(/<(script|link|img|iframe|object|embed|svg|base|form)\b/i);
    expect(page).not.toMatch(/@import|url\(|javascript:/i);
    // Markup that an attribute could hide in is escaped, so every quoted value below is one of ours.
    for (const [, value] of page.matchAll(/ href="([^"]*)"/g)) expect(value).toMatch(/^https:\/\/github\.com\/modelgate\/modelgate\//);
  });

  it('allows its own style by hash and nothing else', () => {
    const page = htmlReporter.render(loadReport('clean'), PLAIN);
    const style = /<style>([^]*)<\/style>/.exec(page)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');

    expect(page).toContain(`default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`);
    expect(page).not.toMatch(/ style="/);
  });

  it.each(REPORT_NAMES)('closes every element of the %s report in order', (name) => {
    const page = htmlReporter.render(loadReport(name), PLAIN).replace(/<style>[^]*<\/style>/, '');
    const open: string[] = [];
    for (const [, slash, tag] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)\b[^>]*>/g)) {
      if (tag === undefined || tag === 'meta' || tag === 'br') continue;
      if (slash === '') open.push(tag);
      else expect(open.pop()).toBe(tag);
    }

    expect(open).toEqual([]);
  });
});
