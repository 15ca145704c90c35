import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { limitRows } from '../../scripts/generate/limit-rows.ts';

describe('limitRows', () => {
  it('takes the comment right before a constant for its reason, and nothing of what stands further up', () => {
    const text = '/** About the file. */\n\n/** Why seven\n * of them. */\nexport const MAX_THINGS = 7;\nexport const OTHER = 8;\n';

    expect(limitRows('src/limits.ts', text)).toEqual([['`MAX_THINGS`', '`7`', 'Why seven\n of them.', '`src/limits.ts`']]);
  });

  it('lists the limits of a group one by one, with what each is of and why', () => {
    const text = 'export interface Bounds {\n  /** Levels. */\n  readonly depth: number;\n  readonly width: number;\n}\n\nexport const BOUNDS: Bounds = {\n  // Deep enough\n  // for all.\n  depth: 2 ** 3,\n  width: 5,\n};\n';

    expect(limitRows('f.ts', text)).toEqual([['`BOUNDS.depth`', '`2 ** 3`', 'Levels. Deep enough for all.', '`f.ts`'], ['`BOUNDS.width`', '`5`', '', '`f.ts`']]);
  });

  it('leaves no code in the reasons of the page', () => {
    const page = readFileSync(path.resolve(import.meta.dirname, '../../docs/reference/limits.md'), 'utf8');

    expect(page).toContain('`ONNX_LIMITS.depth`');
    expect(page).not.toMatch(/\*\/|\/\*\*|export (?:const|interface)|readonly /);
  });
});
