import { Value } from '@sinclair/typebox/value';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pictureFile } from '../../../src/inspection/supervise/picture-file.ts';
import { PictureSchema } from '../../../src/report.ts';

const digest = `sha256:${'a'.repeat(64)}`;

describe('pictureFile', () => {
  it('says which model, which detector, which observation and what it shows', () => {
    expect(pictureFile({ path: 'models/Road Signs (v2).onnx', digest }, 'adversarial-testing', 0, 'contact-sheet')).toMatch(
      /^pictures\/road-signs-v2-[0-9a-f]{12}-adversarial-testing-1-sheet\.png$/,
    );
  });

  it('tells apart artifacts of one name, of one content, observations and kinds', () => {
    const names = [
      pictureFile({ path: 'a/m.onnx', digest }, 'd', 0, 'mask'),
      pictureFile({ path: 'b/m.onnx', digest }, 'd', 0, 'mask'),
      pictureFile({ path: 'a/m.onnx', digest: `sha256:${'b'.repeat(64)}` }, 'd', 0, 'mask'),
      pictureFile({ path: 'a/m.onnx', digest }, 'd', 1, 'mask'),
      pictureFile({ path: 'a/m.onnx', digest }, 'd', 0, 'pattern'),
      pictureFile({ path: 'a/m.onnx', digest }, 'd', 0, 'diagram'),
      pictureFile({ path: 'a/m.onnx', digest }, 'e', 0, 'mask'),
    ];

    expect(new Set(names).size).toBe(names.length);
  });

  it('is a safe name that the report’s schema takes, whatever the artifact is called', () => {
    const name = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.constantFrom('../../etc/passwd', '..', '.', '', '/', 'C:\\x\\y', 'con', 'a\0b', '<img src=x onerror=alert(1)>.onnx', '\u202egnp.exe', 'x'.repeat(100_000), '::error::', 'model.pt!/data.pkl', '模型.onnx', '-rf', '____'),
    );
    fc.assert(
      fc.property(name, name, fc.nat(3), fc.constantFrom('contact-sheet', 'mask', 'pattern'), (path, detector, observation, kind) => {
        const file = pictureFile({ path, digest }, detector, observation, kind);

        expect(Value.Check(PictureSchema.properties.file, file), file).toBe(true);
        expect(file.length).toBeLessThan(120);
      }),
    );
  });
});
