import type { ReportedDiagram } from '../report.ts';
import { escapeHtml } from './escape.ts';

/** Pixels. A label of 22 characters fits a box; longer ones are cut, and the whole is in the tooltip. */
const BOX = { width: 150, height: 38, gapX: 26, gapY: 30, margin: 12 } as const;
const SHOWN_CHARACTERS = 22;

/** More rows than a reader scrolls through are not drawn; the JSON report has all of them. */
const MAX_ROWS = 40;

/** The colors of the HTML report on white paper, whatever the viewer is set to. */
const STYLE = [
  'svg { font: 12px system-ui, sans-serif; fill: #1f2328; } .paper { fill: #fff; }',
  'g rect { fill: #f6f8fa; stroke: #59636e; } line { stroke: #59636e; } .detail { fill: #59636e; font-size: 10px; }',
  '.decision rect, .join rect { stroke: #c4281c; stroke-width: 2; } .trunk rect { stroke-dasharray: 4 3; }',
].join('\n');

/**
 * A flow chart as SVG within a page, from top to bottom: every number in it is ours, and every text is escaped. Rows by
 * the longest way from a box that nothing leads to; such a box stands right above what it leads to first, so that its line does
 * not run behind boxes it has nothing to do with. Of the classes `decision`, `join`, `trunk` and `detail` the page decides how they look.
 */
export function diagramSvg(diagram: ReportedDiagram): string {
  return drawn(diagram, '', []);
}

/** The same as a file of its own, with its look in it. It holds no script, no link and nothing that a viewer would load. */
export function diagramFile(diagram: ReportedDiagram): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${drawn(diagram, ' xmlns="http://www.w3.org/2000/svg"', [`<style>${STYLE}</style>`, '<rect class="paper" width="100%" height="100%"></rect>'])}\n`;
}

function drawn(diagram: ReportedDiagram, attributes: string, before: readonly string[]): string {
  const rows = rowsOf(diagram);
  const byRow = ordered(rows, diagram.edges);
  const widest = Math.max(1, ...byRow.map((row) => row.length));
  const width = 2 * BOX.margin + widest * (BOX.width + BOX.gapX) - BOX.gapX;
  const height = 2 * BOX.margin + byRow.length * (BOX.height + BOX.gapY) - BOX.gapY;
  const corner = (at: number): readonly [x: number, y: number] => {
    const row = rows[at] ?? 0;
    const inRow = byRow[row] ?? [];
    const left = (width - inRow.length * (BOX.width + BOX.gapX) + BOX.gapX) / 2;
    return [left + inRow.indexOf(at) * (BOX.width + BOX.gapX), BOX.margin + row * (BOX.height + BOX.gapY)];
  };
  const lines = diagram.edges.flatMap(({ from, to }) => {
    if (diagram.nodes[from] === undefined || diagram.nodes[to] === undefined) return [];
    const [[x1, y1], [x2, y2]] = [corner(from), corner(to)];
    return [`<line x1="${String(x1 + BOX.width / 2)}" y1="${String(y1 + BOX.height)}" x2="${String(x2 + BOX.width / 2)}" y2="${String(y2)}"></line>`];
  });
  const boxes = diagram.nodes.map(({ kind, label, detail }, at) => {
    const [x, y] = corner(at);
    const text = (content: string, down: number, type: string): string => `<text${type} x="${String(x + BOX.width / 2)}" y="${String(y + down)}" text-anchor="middle">${escapeHtml(shortened(content))}</text>`;
    return [
      `<g class="${kind}"><title>${escapeHtml(`${kind}: ${label}${detail === undefined ? '' : ` (${detail})`}`)}</title>`,
      `<rect x="${String(x)}" y="${String(y)}" width="${String(BOX.width)}" height="${String(BOX.height)}" rx="5"></rect>`,
      text(label, detail === undefined ? 23 : 17, ''),
      ...(detail === undefined ? [] : [text(detail, 31, ' class="detail"')]),
      '</g>',
    ].join('');
  });
  return [
    `<svg${attributes} role="img" aria-label="${escapeHtml(diagram.title)}" width="${String(width)}" height="${String(height)}" viewBox="0 0 ${String(width)} ${String(height)}">`,
    ...before,
    ...lines,
    ...boxes,
    '</svg>',
  ].join('\n');
}

/** The row of each box. Edges that lead back (a report may hold any) are cut off after as many rounds as there are boxes. */
function rowsOf({ nodes, edges }: ReportedDiagram): readonly number[] {
  const rows = nodes.map(() => 0);
  for (let round = 0; round < nodes.length; round += 1) {
    let isChanged = false;
    for (const { from, to } of edges) {
      const row = Math.min(MAX_ROWS, (rows[from] ?? 0) + 1);
      if (rows[to] === undefined || from === to || row <= rows[to]) continue;
      rows[to] = row;
      isChanged = true;
    }
    if (!isChanged) break;
  }
  const lowest = nodes.map(() => Infinity);
  const isLedTo = new Set(edges.filter(({ from, to }) => from !== to).map(({ to }) => to));
  for (const { from, to } of edges) if (rows[to] !== undefined && lowest[from] !== undefined && from !== to) lowest[from] = Math.min(lowest[from], rows[to]);
  for (const [at, row] of lowest.entries()) if (!isLedTo.has(at) && Number.isFinite(row)) rows[at] = Math.max(0, row - 1);
  // A row that a circle left empty would be a hole in the picture.
  const used = [...new Set(rows)].sort((a, b) => a - b);
  return rows.map((row) => used.indexOf(row));
}

/** The boxes of each row from left to right, from the last row up: a box stands over what it leads to, which keeps lines from crossing. */
function ordered(rows: readonly number[], edges: ReportedDiagram['edges']): readonly (readonly number[])[] {
  const byRow: number[][] = [];
  for (const [at, row] of rows.entries()) (byRow[row] ??= []).push(at);
  /** From the middle of the picture, in boxes. */
  const places = new Map<number, number>();
  for (const inRow of byRow.toReversed()) {
    const wanted = new Map(inRow.map((at) => {
      const below = edges.flatMap(({ from, to }) => (from === at ? [places.get(to) ?? []] : [])).flat();
      return [at, below.length === 0 ? 0 : below.reduce((sum, one) => sum + one, 0) / below.length];
    }));
    inRow.sort((left, right) => (wanted.get(left) ?? 0) - (wanted.get(right) ?? 0) || left - right);
    for (const [place, at] of inRow.entries()) places.set(at, place - (inRow.length - 1) / 2);
  }
  return byRow;
}

function shortened(text: string): string {
  const characters = Array.from(text);
  return characters.length <= SHOWN_CHARACTERS ? text : `${characters.slice(0, SHOWN_CHARACTERS - 1).join('')}…`;
}
