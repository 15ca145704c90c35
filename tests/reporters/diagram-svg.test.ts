import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_DIAGRAM_EDGES, MAX_DIAGRAM_LABEL_CHARACTERS, MAX_DIAGRAM_NODES, type ReportedDiagram } from '../../src/report.ts';
import { diagramFile, diagramSvg } from '../../src/reporters/diagram-svg.ts';

/** The only elements a drawing is made of. */
const ALLOWED = new Set(['svg', 'style', 'rect', 'line', 'g', 'title', 'text']);
/** Forty boxes with three times a name in which every character is written as eight or more. */
const MAX_FILE_BYTES = 256 * 1024;

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

describe('diagramSvg', () => {
  it('puts every box below what leads to it', () => {
    const svg = diagramSvg(diagram);
    const heights = [...svg.matchAll(/<rect x="[\d.]+" y="([\d.]+)"/g)].map(([, y]) => Number(y));

    expect(heights).toHaveLength(4);
    for (const { from, to } of diagram.edges) expect(heights[to]).toBeGreaterThan(heights[from] ?? NaN);
    expect(svg.match(/<line /g)).toHaveLength(3);
  });

  it('puts a box that nothing leads to right above what it leads to, on the side of it', () => {
    const node = (label: string): ReportedDiagram['nodes'][number] => ({ kind: 'step', label });
    // image → slice → compare → join; a limit that compare takes, and a trunk that joins at the end.
    const svg = diagramSvg({
      title: 't', nodes: ['trunk', 'limit', 'image', 'slice', 'compare', 'join'].map(node),
      edges: [{ from: 2, to: 3 }, { from: 3, to: 4 }, { from: 1, to: 4 }, { from: 4, to: 5 }, { from: 0, to: 5 }],
    });
    const places = [...svg.matchAll(/<rect x="([\d.]+)" y="([\d.]+)"/g)].map(([, x, y]) => [Number(x), Number(y)] as const);
    const [trunk, limit, image, slice, compare, join] = places.map(([, y]) => y);

    expect(limit).toBe(slice);
    expect(trunk).toBe(compare);
    expect(image).toBeLessThan(slice ?? 0);
    expect(join).toBeGreaterThan(compare ?? Infinity);
    // Boxes of one row never lie on each other.
    expect(new Set(places.map(([x, y]) => `${String(x)} ${String(y)}`)).size).toBe(6);
  });

  it('lets nothing of a name become markup, and cuts names to the width of a box', () => {
    const svg = diagramSvg(diagram);

    expect(svg).not.toContain('<script');
    expect(svg).not.toMatch(/ (on\w+|style|href)=/);
    expect(svg).toContain('a name that is much l…</text>');
  });

  it('comes to an end with circles and with edges that lead nowhere', () => {
    const odd = { ...diagram, edges: [{ from: 0, to: 1 }, { from: 1, to: 0 }, { from: 2, to: 2 }, { from: 3, to: 30 }] };

    expect(diagramSvg(odd).match(/<rect /g)).toHaveLength(4);
    expect(diagramSvg(odd).match(/<line /g)).toHaveLength(3);
  });
});

describe('diagramFile', () => {
  it('is one XML document of bounded size, whatever the names are', () => {
    // Controls, halves of pairs, ends of comments and sections: what an XML reader stumbles over.
    const name = fc.oneof(fc.string({ unit: 'binary', maxLength: MAX_DIAGRAM_LABEL_CHARACTERS / 2 }), fc.constantFrom(']]>', '--><script>', '&x;', '"\'><a href="x">', '\u0000\ud800\ufffe'));
    const kinds = ['input', 'constant', 'step', 'decision', 'trunk', 'join', 'output'] as const;
    const place = fc.integer({ min: 0, max: MAX_DIAGRAM_NODES - 1 });
    const diagrams = fc.record({
      title: name,
      nodes: fc.array(fc.record({ kind: fc.constantFrom(...kinds), label: name, detail: name }), { maxLength: MAX_DIAGRAM_NODES }),
      edges: fc.array(fc.record({ from: place, to: place }), { maxLength: MAX_DIAGRAM_EDGES }),
    });
    fc.assert(fc.property(diagrams, (given) => {
      const svg = diagramFile(given);
      const tags = [...svg.matchAll(/<(\/?)(\w+)[^<>]*>/g)].map(([, end, tag]) => `${end ?? ''}${tag ?? ''}`);
      const open: string[] = [];
      for (const tag of tags) {
        if (tag.startsWith('/')) expect(open.pop()).toBe(tag.slice(1));
        else open.push(tag);
      }

      expect(open).toEqual([]);
      expect(tags.filter((tag) => !tag.startsWith('/') && !ALLOWED.has(tag))).toEqual([]);
      expect(svg.replace(/&(amp|lt|gt|quot|#\d+);/g, '')).not.toMatch(/&|(?!\n)\p{Cc}|\p{Cs}|\p{Noncharacter_Code_Point}/u);
      expect(svg.replace(/<[^<>]*>/g, '')).not.toMatch(/[<>]/g);
      expect(Buffer.byteLength(svg)).toBeLessThan(MAX_FILE_BYTES);
    }), { seed: 7, numRuns: 200 });
  });
});
