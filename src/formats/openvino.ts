import type { FileOddity } from '../model/structure.ts';
import type { FormatReader } from './format-reader.ts';
import { odditiesOfText } from './oddities/oddities-of-text.ts';
import { shown } from './oddities/shown.ts';
import { absentWeights } from './text/absent-weights.ts';
import { foreignPart } from './xml/foreign-part.ts';
import { oddityOfDoctype } from './xml/oddity-of-doctype.ts';
import { readXml, startsLikeXml } from './xml/read-xml.ts';

/** The graph of the largest language models has 20 MB. */
const MAX_BYTES = 256 * 2 ** 20;

/** Operator sets that OpenVINO brings along. */
const OPERATOR_SET = /^(?:opset\d{1,2}|experimental|internal|ie_internal_opset|type_relaxed_opset|util)$/;
/** Attributes in which a layer would name a file. */
const PATH_KEY = /^(?:path|file|filename|library|lib|kernel|bin|weights|entry)$/i;

/**
 * The graph of an OpenVINO model (`.xml`). Its weights lie in a file of the same name that ends in `.bin`, which holds nothing but numbers
 * and has no reader of its own.
 */
export const openvino: FormatReader = {
  meta: {
    id: 'openvino',
    title: 'OpenVINO graph',
    extensions: ['/openvino_model.xml'],
    specification: 'https://docs.openvino.ai/2025/documentation/openvino-ir-format.html (IR versions 10 and 11)',
    provides: ['structure'],
    since: '0.2.0',
  },
  match(head) {
    return startsLikeXml(head, 'net') && /<(?:layers|pre-process|meta_data|net\s[^>]*version)/.test(Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('latin1')) ? 'certain' : undefined;
  },
  async read(artifact, context) {
    const oddities: FileOddity[] = [];
    const foreign = new Map<string, number>();
    let elements = 0;
    let layers = 0;
    await readXml(artifact, MAX_BYTES, (part, offsetOf) => {
      if (oddities.length < 1000) oddities.push(...foreignPart(part));
      if (part.kind === 'doctype') oddities.push(...oddityOfDoctype(part.text, offsetOf(part.at)));
      if (part.kind !== 'open') return;
      elements += 1;
      const version = part.attributes.get('version');
      if (part.name === 'layer') {
        layers += 1;
        const operator = `${version ?? ''}:${part.attributes.get('type') ?? ''}`;
        // Before version 10 layers had no operator set of their own.
        if (version !== undefined && !OPERATOR_SET.test(version)) foreign.set(operator, (foreign.get(operator) ?? 0) + 1);
      }
      for (const [key, value] of part.attributes) {
        const place = `attribute ${shown(key)} of ${shown(part.name)}`;
        if (oddities.length < 1000) oddities.push(...odditiesOfText(value, place));
        if (part.name === 'data' && PATH_KEY.test(key) && /[./\\]/.test(value) && !/^[\d.,\s-]*$/.test(value)) oddities.push({ kind: /^[/\\]|\.\.|^\w:/.test(value) ? 'escaping-path' : 'external-path', place, detail: `A layer names the file ${shown(value)}.` });
      }
    }, context.signal);
    for (const [operator, count] of foreign) oddities.push({ kind: 'custom-operator', place: operator.slice(0, 200), detail: `${String(count)} ${count === 1 ? 'layer needs' : 'layers need'} it; no operator set of OpenVINO has it.` });
    return {
      artifact, format: 'openvino', facets: { structure: { examined: elements, oddities } },
      problems: {}, absences: absentWeights('The weights lie in the .bin file beside the graph; neither is run.'), unclaimed: [], companions: [], notes: [`OpenVINO graph of ${String(layers)} layers.`],
    };
  },
};
