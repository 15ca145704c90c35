import type { Picture, Pictures } from '../../report.ts';
import { escapeHtml, MAX_NAME_CHARACTERS } from '../escape.ts';
import type { FindingView } from '../view/finding-view.ts';

/** Of all pictures in the page: what a browser opens without thinking, and some three hundred contact sheets. */
const MAX_EMBEDDED_BYTES = 16 * 2 ** 20;

/** After the title of the picture. A contact sheet has no text of its own, so its caption says how to read it. */
const CAPTIONS: Readonly<Record<Picture['kind'], string>> = {
  'contact-sheet':
    'contact sheet. On the left, under blue bars, the mask (where it is) above the pattern (what it is), as far as they are known; ' +
    'then one column a sample: clean (green bar), with the trigger (red), and the difference, amplified (yellow)',
  mask: 'mask, where it is',
  pattern: 'pattern, what it is',
  suspects: 'the most suspicious samples, row by row from the first',
};

export interface PictureFigures {
  readonly hasImages: boolean;
  readonly of: (finding: FindingView) => readonly string[];
}

/** Figures with the pictures themselves, as `data:` of the page; where the bytes are not at hand or too many, their names. */
export function pictureFigures(findings: readonly FindingView[], pictures: Pictures = new Map()): PictureFigures {
  const embedded = new Map<FindingView, ReadonlyMap<Picture, Uint8Array>>();
  let bytes = 0;
  for (const finding of findings) {
    const its = new Map<Picture, Uint8Array>();
    for (const picture of finding.pictures) {
      const content = pictures.get(picture.digest);
      if (content === undefined || bytes + content.byteLength > MAX_EMBEDDED_BYTES) continue;
      bytes += content.byteLength;
      its.set(picture, content);
    }
    embedded.set(finding, its);
  }
  return {
    hasImages: bytes > 0,
    of: (finding) => finding.pictures.map((picture) => figure(picture, embedded.get(finding)?.get(picture))),
  };
}

function figure({ file, kind, title }: Picture, bytes: Uint8Array | undefined): string {
  const caption = `${escapeHtml(title)}: ${CAPTIONS[kind]}. `;
  const name = `<code>${escapeHtml(file, MAX_NAME_CHARACTERS)}</code>`;
  if (bytes === undefined) return `<figure><figcaption>${caption}Not in this page; in the file ${name} beside the report.</figcaption></figure>`;
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
  return `<figure><img class="${kind}" alt="${escapeHtml(title)}" src="data:image/png;base64,${data}"><figcaption>${caption}File ${name}.</figcaption></figure>`;
}
