import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { sha256Of } from '../../src/artifacts/digest.ts';
import { htmlReporter } from '../../src/reporters/html.ts';
import { picturedReport } from '../support/pictured-report.ts';
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

  it('holds the pictures it is given, names those it is not, and lets the browser show nothing but its own', () => {
    const { report, pictures, named } = picturedReport();
    const some = new Map([...pictures].slice(0, 2));
    const page = htmlReporter.render(report, { ...PLAIN, pictures: some });
    const shown = [...page.matchAll(/<img class="([a-z-]+)" alt="([^"]*)" src="data:image\/png;base64,([^"]*)">/g)];

    expect(shown.map(([, kind, alt]) => [kind, alt])).toEqual([['contact-sheet', 'a white patch in the corner'], ['mask', 'a white patch in the corner']]);
    expect(shown.map(([, , , data]) => sha256Of(Buffer.from(data ?? '', 'base64')))).toEqual([...some.keys()]);
    expect(page).toContain('; img-src data:; base-uri');
    for (const { file } of named) expect(page).toContain(`<code>${file}</code>`);
    expect(page).toContain('Not in this page');
    expect(htmlReporter.render(report, PLAIN)).not.toMatch(/<img|img-src/);
  });

  it('draws the diagram behind a finding in the page, without scripts and without style of its own', () => {
    const { report } = picturedReport();
    const diagram = { title: 'a branch', nodes: [{ kind: 'decision' as const, label: 'Greater<b>' }, { kind: 'join' as const, label: 'Where' }], edges: [{ from: 0, to: 1 }] };
    const artifacts = report.artifacts.map((artifact) => ({
      ...artifact, results: artifact.results.map((result) => ({ ...result, observations: result.observations.map((one) => ({ ...one, diagram })) })),
    }));
    const page = htmlReporter.render({ ...report, artifacts }, PLAIN);

    expect(page).toContain('<svg role="img" aria-label="a branch"');
    expect(page).toContain('Greater&lt;b&gt;</text>');
    expect(page).not.toMatch(/<script| style="/);
    expect(htmlReporter.render(report, PLAIN)).not.toContain('<svg role');
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
