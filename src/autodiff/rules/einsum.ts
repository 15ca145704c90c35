import { attribute } from '../../onnx/build.ts';
import type { OnnxNode } from '../../onnx/onnx-model.ts';
import { only, outputOf, stringAttribute, unsupported, type GradientRule, type RuleContext, type RuleTable } from '../rule.ts';

interface Equation {
  readonly terms: readonly string[];
  readonly result: string;
}

/** Letters the ellipsis stands for; equations are written in small letters. */
const ELLIPSIS_LETTERS = 'ZYXWVUTSRQPONMLK';

function readEquation(node: OnnxNode, context: RuleContext): Equation {
  const text = stringAttribute(node, 'equation', '').replaceAll(' ', '');
  const [left = '', right] = text.split('->');
  const terms = left.split(',').map((term, index) => {
    const rank = context.shapeOf(node.inputs[index] ?? '').length;
    return term.replace('...', () => ELLIPSIS_LETTERS.slice(0, rank - (term.length - 3)));
  });
  const hidden = [...ELLIPSIS_LETTERS].filter((letter) => terms.some((term) => term.includes(letter)) && text.includes('...')).join('');
  // Without an arrow: the ellipsis, then all labels that occur once, in alphabetical order.
  const once = [...new Set(terms.join(''))].filter((label) => !hidden.includes(label) && terms.join('').split(label).length === 2).sort().join('');
  const result = right === undefined ? hidden + once : right.replace('...', hidden);
  if (terms.some((term) => new Set(term).size !== term.length)) throw unsupported(node, 'a label occurs twice in one operand (a diagonal)');
  return { terms, result };
}

/** The gradient of one operand is the product of the others with the cotangent; what only it sums over is spread out. */
const einsum: GradientRule = async (node, cotangents, context) => {
  const { terms, result } = readEquation(node, context);
  const sizes = new Map<string, number>();
  for (const [index, term] of terms.entries()) {
    for (const [axis, label] of [...term].entries()) {
      const size = context.shapeOf(node.inputs[index] ?? '')[axis] ?? 1;
      if (sizes.has(label) && sizes.get(label) !== size) throw unsupported(node, 'an axis is broadcast');
      sizes.set(label, size);
    }
  }
  if (context.shapeOf(outputOf(node)).length !== result.length) throw unsupported(node, 'its equation does not fit its output');
  return node.inputs.map((input, index) => {
    const term = terms[index] ?? '';
    if (!context.isWanted(input)) return undefined;
    const others = terms.flatMap((one, other) => (other === index ? [] : [{ term: one, value: node.inputs[other] ?? '' }]));
    const known = [...term].filter((label) => result.includes(label) || others.some((other) => other.term.includes(label))).join('');
    const equation = `${[result, ...others.map((other) => other.term)].join(',')}->${known}`;
    const product = context.emit('Einsum', [only(cotangents), ...others.map(({ value }) => value)], { equation: attribute.string(equation) });
    if (known === term) return product;
    const kept = context.emit('Reshape', [product, context.ints([...term].map((label) => (known.includes(label) ? (sizes.get(label) ?? 1) : 1)))]);
    return context.emit('Expand', [kept, context.ints([...term].map((label) => sizes.get(label) ?? 1))]);
  });
};

export const einsumRules: RuleTable = { Einsum: einsum };
