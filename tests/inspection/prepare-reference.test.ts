import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { prepareReference } from '../../src/inspection/prepare-reference.ts';
import { smallFile } from '../reference/reference-file.ts';
import { fakeModel } from '../support/fake-model.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'modelgate-reference-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const wanted = (id: string) => [{ id, required: false, options: {}, threshold: undefined, timeoutSeconds: 1 }];

describe('prepareReference', () => {
  it('adds the reference and says in a note which one it was, by name, digest and numbers, without the path of this machine', async () => {
    const file = path.join(folder, 'reference.json');
    writeFileSync(file, JSON.stringify(smallFile()));
    const model = await prepareReference({ detectors: wanted('reference-neighbours'), settings: { reference: file } }, fakeModel());

    expect(model.facets.reference?.models.length).toBe(3);
    expect(model.notes[0]).toMatch(/^Compared with the reference reference\.json \(sha256:[0-9a-f]{64}\): 2 clean and 1 backdoored models\.$/);
    expect(model.notes.join()).not.toContain(folder);
  });

  it('reads nothing when no detector asks for it', async () => {
    const model = fakeModel();

    expect(await prepareReference({ detectors: wanted('channel-lipschitz'), settings: { reference: path.join(folder, 'none') } }, model)).toBe(model);
  });

  it('is a problem of the model when it was given and cannot be used, and an absence when it was not', async () => {
    writeFileSync(path.join(folder, 'broken.json'), '{"kind":');
    const broken = await prepareReference({ detectors: wanted('weight-tensor-features'), settings: { reference: path.join(folder, 'broken.json') } }, fakeModel());
    const none = await prepareReference({ detectors: wanted('weight-tensor-features'), settings: {} }, fakeModel());

    expect(broken.problems.reference).toMatch(/broken\.json is not used: it is not JSON\. Build it again/);
    expect(broken.facets.reference).toBeUndefined();
    expect(none.absences.reference).toMatch(/modelgate reference build/);
  });
});
