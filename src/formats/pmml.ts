import type { FileOddity } from '../model/structure.ts';
import type { FormatReader } from './format-reader.ts';
import { odditiesOfText } from './oddities/oddities-of-text.ts';
import { shown } from './oddities/shown.ts';
import { absentWeights } from './text/absent-weights.ts';
import { foreignPart } from './xml/foreign-part.ts';
import { oddityOfDoctype } from './xml/oddity-of-doctype.ts';
import { readXml, startsLikeXml } from './xml/read-xml.ts';

/** Forests of some hundred thousand trees have 1 GB; a text is read as a whole, so less is (CWE-770). */
const MAX_BYTES = 2 ** 29 - 2 ** 20;
/** Elements whose oddities are told. */
const MAX_TOLD = 1_000;

/** PMML: models of other tools than networks (trees, regressions, scorecards) as XML. */
export const pmml: FormatReader = {
  meta: {
    id: 'pmml',
    title: 'PMML',
    extensions: ['.pmml'],
    specification: 'https://dmg.org/pmml/v4-4-1/GeneralStructure.html (PMML 4.4.1)',
    provides: ['structure'],
    since: '0.2.0',
  },
  match(head) {
    return startsLikeXml(head, 'PMML') ? 'certain' : undefined;
  },
  async read(artifact, context) {
    const oddities: FileOddity[] = [];
    const functions = new Set<string>();
    const defined = new Set<string>();
    let elements = 0;
    let version = '';
    const tell = (found: readonly FileOddity[]): void => {
      if (oddities.length < MAX_TOLD) oddities.push(...found);
    };
    await readXml(artifact, MAX_BYTES, (part, offsetOf) => {
      if (part.kind === 'doctype') tell(oddityOfDoctype(part.text, offsetOf(part.at)));
      tell(foreignPart(part));
      if (part.kind === 'text') tell(odditiesOfText(part.text, 'a text'));
      if (part.kind !== 'open') return;
      elements += 1;
      const name = part.name.replace(/^.*:/, '');
      if (name === 'PMML') version = part.attributes.get('version') ?? '';
      if (name === 'Apply') functions.add(part.attributes.get('function') ?? '');
      if (name === 'DefineFunction') defined.add(part.attributes.get('name') ?? '');
      // Namespaces are addresses by custom, and nobody opens them.
      for (const [key, value] of part.attributes) if (!/^xmlns|schemaLocation$/.test(key)) tell(odditiesOfText(value, `attribute ${shown(key)} of ${shown(name)}`));
    }, context.signal);
    // A name with a dot is a class that the evaluator loads: no function of PMML and none that the file defines has one.
    for (const name of functions) if (name.includes('.') && !defined.has(name)) oddities.push({ kind: 'custom-operator', place: name.slice(0, 200), detail: 'It is applied as a function, and only a class of that name defines it.' });
    return {
      artifact, format: 'pmml', facets: { structure: { examined: elements, oddities } },
      problems: {}, absences: absentWeights('PMML holds rules, not tensors.'), unclaimed: [], companions: [], notes: [`PMML ${version}, ${String(elements)} elements.`],
    };
  },
};
