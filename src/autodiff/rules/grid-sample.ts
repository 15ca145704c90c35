import { attribute } from '../../onnx/build.ts';
import { asFloat, inputOf, intAttribute, only, stringAttribute, unsupported, type GradientRule, type RuleContext, type RuleTable } from '../rule.ts';

interface Coordinate {
  /** The pixel before the sampled place, and the place's distance from it: [n, 1, places]. */
  readonly low: string;
  readonly part: string;
  /** Pixels the place moves for one unit of the grid; 0 where it is held at the border: [n, 1, places] or scalar. */
  readonly speed: string;
}

/** Bilinear sampling (Jaderberg et al. 2015, arXiv:1506.02025): four neighbours, each with its share. */
const gridSample: GradientRule = async (node, cotangents, context) => {
  const mode = stringAttribute(node, 'mode', 'linear');
  const padding = stringAttribute(node, 'padding_mode', 'zeros');
  const [x, grid] = [inputOf(node, 0), inputOf(node, 1)];
  const [n = 1, c = 1, height = 1, width = 1, ...rest] = context.shapeOf(x);
  if ((mode !== 'linear' && mode !== 'bilinear') || rest.length > 0) throw unsupported(node, `mode ${mode} of ${2 + rest.length} axes`);
  if (padding === 'reflection') throw unsupported(node, 'padding_mode reflection');
  const places = context.shapeOf(grid).slice(1, 3).reduce((product, size) => product * size, 1);
  const align = intAttribute(node, 'align_corners', 0) === 1;
  const { emit, floats, ints } = context;
  const number = (value: number): string => floats([value]);

  const flatGrid = emit('Reshape', [grid, ints([n, places, 2])]);
  const coordinate = (axis: number, size: number): Coordinate => {
    const unit = emit('Reshape', [emit('Slice', [flatGrid, ints([axis]), ints([axis + 1]), ints([2])]), ints([n, 1, places])]);
    const factor = align ? (size - 1) / 2 : size / 2;
    const place = emit('Add', [emit('Mul', [unit, number(factor)]), number((size - 1) / 2)]);
    if (padding === 'zeros') return lowAndPart(context, place, number(factor));
    const held = emit('Min', [emit('Max', [place, number(0)]), number(size - 1)]);
    const isFree = emit('And', [emit('Greater', [place, number(0)]), emit('Less', [place, number(size - 1)])]);
    return lowAndPart(context, held, emit('Mul', [asFloat(context, isFree), number(factor)]));
  };
  const [column, row] = [coordinate(0, width), coordinate(1, height)];
  const dy = emit('Reshape', [only(cotangents), ints([n, c, places])]);
  const image = emit('Reshape', [x, ints([n, c, height * width])]);
  const one = number(1);
  const rest1 = (value: string): string => emit('Sub', [one, value]);

  const corners = [0, 1].flatMap((down) =>
    [0, 1].map((right) => {
      const [r, q] = [down === 0 ? row.low : emit('Add', [row.low, one]), right === 0 ? column.low : emit('Add', [column.low, one])];
      const inside = isInside(context, [r, height], [q, width]);
      const clampedRow = emit('Clip', [r, number(0), number(height - 1)]);
      const clampedColumn = emit('Clip', [q, number(0), number(width - 1)]);
      const flat = emit('Cast', [emit('Add', [emit('Mul', [clampedRow, number(width)]), clampedColumn])], { to: attribute.int(7) });
      return {
        places: emit('Expand', [flat, ints([n, c, places])]),
        inside,
        rowShare: down === 0 ? rest1(row.part) : row.part,
        columnShare: right === 0 ? rest1(column.part) : column.part,
        down,
        right,
      };
    }),
  );

  const dx = (): string => {
    const updates = corners.map(({ inside, rowShare, columnShare }) => emit('Mul', [dy, emit('Mul', [inside, emit('Mul', [rowShare, columnShare])])]));
    const zeros = emit('Expand', [number(0), ints([n, c, height * width])]);
    const indices = emit('Concat', corners.map((corner) => corner.places), { axis: attribute.int(2) });
    const scattered = emit('ScatterElements', [zeros, indices, emit('Concat', updates, { axis: attribute.int(2) })], { axis: attribute.int(2), reduction: attribute.string('add') });
    return emit('Reshape', [scattered, ints([n, c, height, width])]);
  };
  const dGrid = (): string => {
    const felt = corners.map((corner) => {
      const sampled = emit('Mul', [emit('GatherElements', [image, corner.places], { axis: attribute.int(2) }), dy]);
      return { ...corner, value: emit('Mul', [emit('ReduceSum', [sampled, ints([1])], { keepdims: attribute.int(1) }), corner.inside]) };
    });
    const signed = (value: string, isPositive: boolean): string => (isPositive ? value : emit('Neg', [value]));
    const ofColumn = emit('Sum', felt.map(({ value, rowShare, right }) => signed(emit('Mul', [value, rowShare]), right === 1)));
    const ofRow = emit('Sum', felt.map(({ value, columnShare, down }) => signed(emit('Mul', [value, columnShare]), down === 1)));
    const both = [emit('Mul', [ofColumn, column.speed]), emit('Mul', [ofRow, row.speed])].map((value) => emit('Reshape', [value, ints([n, places, 1])]));
    return emit('Reshape', [emit('Concat', both, { axis: attribute.int(2) }), ints(context.shapeOf(grid))]);
  };
  return [context.isWanted(x) ? dx() : undefined, context.isWanted(grid) ? dGrid() : undefined];
};

function lowAndPart(context: RuleContext, place: string, speed: string): Coordinate {
  const low = context.emit('Floor', [place]);
  return { low, part: context.emit('Sub', [place, low]), speed };
}

/** 1 where a corner is a pixel of the image, else 0. */
function isInside({ emit, floats }: RuleContext, ...bounds: readonly (readonly [string, number])[]): string {
  const checks = bounds.map(([value, size]) => emit('Equal', [value, emit('Clip', [value, floats([0]), floats([size - 1])])]));
  const [first = '', second = ''] = checks;
  return emit('Cast', [emit('And', [first, second])], { to: attribute.int(1) });
}

export const gridSampleRules: RuleTable = { GridSample: gridSample };
