import { describe, expect, it } from 'vitest';
import { tensorflowSavedModel } from '../../src/formats/tensorflow-saved-model.ts';
import { describeLibraryFormat, libraryFixture, readLibraryFile } from './describe-library-format.ts';

describeLibraryFormat(tensorflowSavedModel, { knowsItsEnd: false });

describe('a SavedModel', () => {
  it('shows what its operators open, and where in which function', async () => {
    const { facets } = await readLibraryFile(tensorflowSavedModel, libraryFixture('tensorflow-saved-model', 'odd', 'outside.pb'), 'saved_model.pb');
    const opened = (facets.code?.programs[0]?.actions ?? []).flatMap(({ target, operands, node }) => (operands ?? []).filter(({ constants }) => constants.some((one) => !one.startsWith('{'))).map(({ constants }) => [target.kind === 'name' ? target.name : '', constants, node?.replace(/\d+/, 'N')]));

    expect(opened).toEqual(expect.arrayContaining([
      ['WriteFile', ['/tmp/inert'], '__inference___call___N/WriteFile'],
      ['ReadFile', ['/etc/hostname'], '__inference___call___N/ReadFile'],
      ['SaveV2', ['/tmp/inert'], '__inference___call___N/SaveV2'],
      ['DebugIdentityV3', ['grpc://debug.invalid:1'], '__inference___call___N/DebugIdentityV3'],
    ]));
  });

  it('of which only the name is right is read, and refused', async () => {
    expect(tensorflowSavedModel.match(new Uint8Array([1, 2, 3]), 'model/saved_model.pb')).toBe('possible');
    await expect(readLibraryFile(tensorflowSavedModel, new Uint8Array([1, 2, 3]), 'saved_model.pb')).rejects.toMatchObject({ code: 'format/malformed' });
  });

  it('that has no graph is refused', async () => {
    await expect(readLibraryFile(tensorflowSavedModel, new Uint8Array([8, 1]), 'saved_model.pb')).rejects.toMatchObject({ code: 'format/malformed' });
  });
});
