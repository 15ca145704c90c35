import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import * as api from '../src/index.ts';

describe('the public API', () => {
  it('is exactly these names', () => {
    expect(Object.keys(api).sort()).toMatchInlineSnapshot(`
      [
        "GateError",
        "GateReportSchema",
        "LockfileSchema",
        "createSupervisor",
        "detectors",
        "formatReaders",
        "loadPolicy",
        "readLockfile",
        "reporters",
        "runGate",
        "workerProgram",
      ]
    `);
  });

  it('needs no package at run time: dist is bundled', () => {
    const { dependencies = {} } = JSON.parse(readFileSync(path.resolve(import.meta.dirname, '../package.json'), 'utf8')) as { dependencies?: object };

    expect(dependencies).toEqual({});
  });
});
