import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readyOutput } from '../../src/cli/ready-output.ts';

const cwd = mkdtempSync(path.join(os.tmpdir(), 'modelgate-ready-output-'));
afterAll(() => {
  rmSync(cwd, { recursive: true });
});

describe('readyOutput', () => {
  it('makes the folder of a report, and is content with one that is there', async () => {
    await readyOutput('reports/today/report.html', { cwd });
    await readyOutput('reports/today/report.html', { cwd });
    await readyOutput(undefined, { cwd });

    expect(existsSync(path.join(cwd, 'reports/today'))).toBe(true);
    expect(existsSync(path.join(cwd, 'reports/today/report.html'))).toBe(false);
  });

  it('says so where a file is in the way', async () => {
    writeFileSync(path.join(cwd, 'file'), '');

    await expect(readyOutput('file/report.html', { cwd })).rejects.toMatchObject({ code: 'output/unwritable', where: { artifact: 'file/report.html' } });
  });
});
