import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Ajv } from 'ajv';
import { GateError } from '../errors.ts';
import { GateReportSchema, type GateReport } from '../report.ts';

const WRITTEN_BY = 'Give files written by: modelgate scan --format json --output FILE';

/** A report is trusted no more than any other file: it is checked against the schema before anything is made of it. */
export async function readReport(file: string, cwd: string): Promise<GateReport> {
  const text = await readFile(path.resolve(cwd, file), 'utf8').catch((cause: unknown) => {
    throw new GateError({ code: 'arguments/invalid', message: `The report "${file}" could not be read.`, nextStep: 'Check the path, and that this user may read the file.', cause });
  });
  const isReport = new Ajv({ allErrors: false, strict: false }).compile<GateReport>(GateReportSchema);
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (cause) {
    throw new GateError({ code: 'arguments/invalid', message: `"${file}" is not JSON.`, nextStep: WRITTEN_BY, cause });
  }
  if (isReport(content)) return content;
  const [problem] = isReport.errors ?? [];
  throw new GateError({
    code: 'arguments/invalid',
    message: `"${file}" is not a modelgate report: ${problem?.instancePath ?? ''} ${problem?.message ?? ''}.`,
    nextStep: WRITTEN_BY,
  });
}
