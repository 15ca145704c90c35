import { Value } from '@sinclair/typebox/value';
import { describe, expect, it } from 'vitest';
import { sha256Of } from '../../../src/artifacts/digest.ts';
import { drawTriggerPicture } from '../../../src/inspection/draw-trigger-picture.ts';
import { acceptPictures } from '../../../src/inspection/supervise/accept-pictures.ts';
import type { SentPicture } from '../../../src/inspection/worker-messages.ts';
import { DiagramSchema, type ReportedDiagram, type Result } from '../../../src/report.ts';
import { smallPicture } from '../../support/small-picture.ts';

const artifact = { path: 'models/a.onnx', digest: sha256Of('a') };
const observation: Result['observations'][number] = { rule: 'd/seen', severity: 'high', text: 'Seen.', data: {}, location: {} };
const result: Result = { detector: 'd', outcome: 'flagged', examined: 1, seconds: 0, observations: [observation, { ...observation, location: { targetClass: 1 } }], measurements: [] };

const diagram: ReportedDiagram = { title: 'the decision', nodes: [{ kind: 'decision', label: 'Greater' }], edges: [] };
const sent: SentPicture[] = drawTriggerPicture(smallPicture()).map(({ kind, title, png }) => ({ observation: 1, kind, title, png: Buffer.from(png).toString('base64') }));
const [sheet, mask] = sent as [SentPicture, SentPicture, SentPicture];

describe('acceptPictures', () => {
  it('names the pictures at their observation and keeps their bytes by digest', () => {
    const accepted = acceptPictures(result, sent, artifact);

    expect(accepted?.result.observations[0]).toEqual(observation);
    const pictures = accepted?.result.observations[1]?.pictures ?? [];
    expect(pictures.map((one) => one.kind)).toEqual(['contact-sheet', 'mask', 'pattern']);
    for (const { digest, file } of pictures) {
      expect(sha256Of(accepted?.pictures.get(digest) ?? '')).toBe(digest);
      expect(file).toMatch(/^pictures\/a-[0-9a-f]{12}-d-2-(sheet|mask|pattern)\.png$/);
    }
  });

  it('leaves a result without pictures as it is', () => {
    expect(acceptPictures(result, [], artifact)).toEqual({ result, pictures: new Map() });
  });

  it('names the file of a diagram after the artifact, the detector and the observation, of the first four only', () => {
    const drawn = { ...observation, diagram };
    const accepted = acceptPictures({ ...result, observations: [observation, ...Array.from({ length: 5 }, () => drawn)] }, [], artifact);
    const files = accepted?.result.observations.map((one) => one.diagram?.file?.replace(/[0-9a-f]{12}/, '*'));

    expect(files).toEqual([undefined, ...[2, 3, 4, 5].map((at) => `pictures/a-*-d-${String(at)}-diagram.svg`), undefined]);
    expect(accepted?.result.observations[5]).toEqual(drawn);
    for (const one of accepted?.result.observations.slice(1, 5) ?? []) expect(Value.Check(DiagramSchema, one.diagram)).toBe(true);
  });

  it('refuses a diagram that names its own file', () => {
    expect(acceptPictures({ ...result, observations: [{ ...observation, diagram: { ...diagram, file: 'pictures/x.svg' } }] }, [], artifact)).toBeUndefined();
  });

  it.each<[string, Result, SentPicture[]]>([
    ['of an observation that is not there', result, [{ ...sheet, observation: 2 }]],
    ['of a result that saw nothing', { ...result, outcome: 'clear', observations: [] }, [{ ...sheet, observation: 0 }]],
    ['of one kind twice', result, [mask, mask]],
    ['that are no base64', result, [{ ...sheet, png: `${sheet.png}*` }]],
    ['that are no PNG', result, [{ ...sheet, png: Buffer.from('<svg onload="alert(1)">').toString('base64') }]],
    ['that are cut off', result, [{ ...sheet, png: Buffer.from(sheet.png, 'base64').subarray(0, -1).toString('base64') }]],
    ['with something behind their end', result, [{ ...sheet, png: Buffer.concat([Buffer.from(sheet.png, 'base64'), Buffer.from('x')]).toString('base64') }]],
    ['that it named itself', { ...result, observations: [{ ...observation, pictures: [{ file: 'pictures/x.png', digest: sha256Of('x'), kind: 'mask', title: '' }] }] }, []],
  ])('refuses pictures %s', (_what, given, pictures) => {
    expect(acceptPictures(given, pictures, artifact)).toBeUndefined();
  });
});
