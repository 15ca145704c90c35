import { expect, it } from 'vitest';
import { approvalOfOptions } from '../../src/cli/approval-of-options.ts';
import { sourceOfOptions } from '../../src/cli/source-of-options.ts';
import { readLockfile } from '../../src/provenance/read-lockfile.ts';

const entry = { path: 'a.onnx', sha256: 'a'.repeat(64), size: 1 };

it('dates an approval today where no date is given', () => {
  const approval = approvalOfOptions({ approvedBy: 'alice' });

  expect(approval).toEqual({ approvedBy: 'alice', approvedAt: expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/) as string });
  expect(readLockfile(JSON.stringify({ version: 1, artifacts: [{ ...entry, ...approval }] }), 'lock').artifacts[0]).toMatchObject(approval);
});

it('says nothing where nothing is said', () => {
  expect(approvalOfOptions({})).toEqual({});
});

it.each(['yesterday', '2025-02-31', '', '31.01.2025'])('refuses what a lockfile could not be read with any more: %j', (approvedAt) => {
  expect(() => approvalOfOptions({ approvedBy: 'alice', approvedAt })).toThrow(expect.objectContaining({ code: 'arguments/invalid' }));
  expect(() => readLockfile(JSON.stringify({ version: 1, artifacts: [{ ...entry, approvedAt }] }), 'lock')).toThrow(expect.objectContaining({ code: 'lockfile/invalid' }));
});

it('refuses empty names and sources', () => {
  expect(() => approvalOfOptions({ approvedBy: '' })).toThrow(expect.objectContaining({ code: 'arguments/invalid' }));
  expect(() => sourceOfOptions({ sourceUrl: '' })).toThrow(expect.objectContaining({ code: 'arguments/invalid' }));
});
