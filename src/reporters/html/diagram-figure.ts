import type { ReportedDiagram } from '../../report.ts';
import { diagramSvg } from '../diagram-svg.ts';
import { escapeHtml, htmlCode } from '../escape.ts';

/** A flow chart in the page, with how to read it and, where it also lies beside the page, the name of its file. */
export function diagramFigure(diagram: ReportedDiagram, hasPictureFiles: boolean): string {
  const file = diagram.file === undefined || !hasPictureFiles ? '' : ` Also in ${htmlCode(diagram.file)}.`;
  const caption = `${escapeHtml(diagram.title)}, from top to bottom. Framed in the color of a failure: where it decides and where it joins; dashed: what the network itself computes.${file}`;
  return `<figure>\n${diagramSvg(diagram)}<figcaption>${caption}</figcaption></figure>`;
}
