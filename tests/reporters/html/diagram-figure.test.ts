import { describe, expect, it } from 'vitest';
import type { ReportedDiagram } from '../../../src/report.ts';
import { diagramFigure } from '../../../src/reporters/html/diagram-figure.ts';

const diagram: ReportedDiagram = { title: 'the <decision>', file: 'pictures/m-0123456789ab-graph-logic-1-diagram.svg', nodes: [{ kind: 'decision', label: 'Greater' }], edges: [] };

describe('diagramFigure', () => {
  it('names the file of the drawing where there is one beside the page', () => {
    expect(diagramFigure(diagram, true)).toContain('Also in <code>pictures/m');
    expect(diagramFigure(diagram, false)).not.toContain('Also in');
    expect(diagramFigure({ title: diagram.title, nodes: diagram.nodes, edges: [] }, true)).not.toContain('Also in');
  });

  it('escapes the title', () => {
    expect(diagramFigure(diagram, true)).toContain('<figcaption>the &lt;decision&gt;, from');
  });
});
