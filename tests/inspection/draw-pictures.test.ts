import { describe, expect, it } from 'vitest';
import { drawPictures } from '../../src/inspection/draw-pictures.ts';
import type { Result } from '../../src/report.ts';
import { smallPicture } from '../support/small-picture.ts';

const result: Result = { detector: 'd', outcome: 'flagged', examined: 1, seconds: 0, observations: [], measurements: [] };

describe('drawPictures', () => {
  it('draws the first four observations that have a picture, wherever they stand', () => {
    const notes: string[] = [];
    const drawn = drawPictures({ result, pictures: [1, 3, 4, 6, 7].map((observation) => ({ observation, picture: smallPicture() })) }, (note) => notes.push(note));

    expect([...new Set(drawn.map((one) => one.observation))]).toEqual([1, 3, 4, 6]);
    expect(drawn).toHaveLength(12);
    expect(notes).toEqual([]);
  });

  it('notes a picture that cannot be drawn and draws the others', () => {
    const notes: string[] = [];
    const drawn = drawPictures({ result, pictures: [{ observation: 0, picture: smallPicture(1, { mask: new Float32Array(3) }) }, { observation: 1, picture: smallPicture() }] }, (note) => notes.push(note));

    expect(drawn.map((one) => one.observation)).toEqual([1, 1, 1]);
    expect(notes).toEqual(['What d saw could not be drawn: the mask has 3 values; 16 are expected.']);
  });
});
