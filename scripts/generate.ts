import { readFile, writeFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { Generated } from './generate/generated.ts';
import { generateReadyPolicies } from './generate/ready-policies.ts';
import { generateRegistries } from './generate/registries.ts';

/**
 * Writes everything in the repository that is derived from something else: registries, schemas, tables in the docs.
 * With --check nothing is written and stale files are an error, so a forgotten step fails the build with its name.
 */
const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const isCheck = process.argv.includes('--check');

async function settle(documents: readonly Generated[]): Promise<string[]> {
  const stale: string[] = [];
  for (const { file, text } of documents) {
    const absolute = path.join(root, file);
    const current = await readFile(absolute, 'utf8').catch(() => undefined);
    if (current === text) continue;
    stale.push(file);
    if (isCheck) continue;
    await mkdir(path.dirname(absolute), { recursive: true });
    await writeFile(absolute, text);
  }
  return stale;
}

// Registries come first: what follows imports them.
const stale = await settle([...(await generateRegistries(root)), ...(await generateReadyPolicies(root))]);
if (!isCheck || stale.length === 0) {
  const { generateSchemas } = await import('./generate/schemas.ts');
  const { generateDocs } = await import('./generate/docs.ts');
  stale.push(...(await settle(await generateSchemas(root))));
  stale.push(...(await settle(await generateDocs(root))));
}

for (const file of stale) console.log(`${isCheck ? 'stale' : 'wrote'} ${file}`);
if (isCheck && stale.length > 0) {
  console.error('Generated files are not current. Run: npm run generate');
  process.exitCode = 1;
}
