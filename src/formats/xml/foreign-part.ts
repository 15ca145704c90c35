import type { FileOddity } from '../../model/structure.ts';
import { oddityOfPath } from '../oddities/oddity-of-path.ts';
import { shown } from '../oddities/shown.ts';
import type { XmlPart } from './scan-xml.ts';

const HREF = /\bhref\s*=\s*(?:"([^"]*)"|'([^']*)')/;

/**
 * What XML can hold beside the elements of a format and programs act upon: a file that XInclude brings in, a style sheet that a program fetches to
 * show the document, a script of a web page. No format of models has any of them.
 */
export function foreignPart(part: XmlPart): readonly FileOddity[] {
  if (part.kind === 'instruction') {
    const [, double, single] = /^xml-stylesheet\s/.test(part.text) ? HREF.exec(part.text) ?? [] : [];
    const href = double ?? single;
    return href === undefined ? [] : [oddityOfPath(href, 'the style sheet')];
  }
  if (part.kind !== 'open') return [];
  const name = part.name.replace(/^.*:/, '').toLowerCase();
  const href = part.attributes.get('href');
  if (name === 'include' && href !== undefined) return [oddityOfPath(href, 'a file that is included')];
  return name === 'script' ? [{ kind: 'embedded-script', place: `element ${shown(part.name)}`, detail: 'It is an element of a web page that holds a script.' }] : [];
}
