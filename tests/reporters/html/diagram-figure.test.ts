import { describe, expect, it } from 'vitest';
import type { ReportedDiagram } from '../../../src/report.ts';
import { diagramFigure } from '../../../src/reporters/html/diagram-figure.ts';

const diagram: ReportedDiagram = {
  title: 'the decision and what it joins',
  nodes: [
    { kind: 'input', label: 'image', detail: '1×3×16×16' },
    { kind: 'decision', label: 'Greater', detail: '<script>alert("1")</script>' },
    { kind: 'trunk', label: 'a name that is much longer than a box is wide' },
    { kind: 'join', label: 'Where' },
  ],
  edges: [{ from: 0, to: 1 }, { from: 1, to: 3 }, { from: 2, to: 3 }],
};

describe('diagramFigure', () => {
  it('puts every box below what leads to it', () => {
    const svg = diagramFigure(diagram);
    const heights = [...svg.matchAll(/<rect x="[\d.]+" y="([\d.]+)"/g)].map(([, y]) => Number(y));

    expect(heights).toHaveLength(4);
    for (const { from, to } of diagram.edges) expect(heights[to]).toBeGreaterThan(heights[from] ?? NaN);
    expect(svg.match(/<line /g)).toHaveLength(3);
  });

  it('lets nothing of a name become markup, and cuts names to the width of a box', () => {
    const svg = diagramFigure(diagram);

    expect(svg).not.toContain('<script');
    expect(svg).not.toMatch(/ (on\w+|style|href)=/);
    expect(svg).toContain('a name that is much l…</text>');
  });

  it('comes to an end with circles and with edges that lead nowhere', () => {
    const odd = { ...diagram, edges: [{ from: 0, to: 1 }, { from: 1, to: 0 }, { from: 2, to: 2 }, { from: 3, to: 30 }] };

    expect(diagramFigure(odd).match(/<rect /g)).toHaveLength(4);
    expect(diagramFigure(odd).match(/<line /g)).toHaveLength(3);
  });
});
