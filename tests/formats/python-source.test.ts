import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pythonSource } from '../../src/formats/python-source.ts';
import { loadingOutcome } from '../support/loading-outcome.ts';
import { readBytes } from '../support/read-code.ts';
import { textFixtures } from '../support/text-fixtures.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

async function callsIn(source: string): Promise<readonly string[]> {
  const { programs } = (await readBytes(encode(source), 'modeling_x.py', pythonSource)).facets.code ?? { programs: [] };
  return programs.flatMap(({ actions }) => actions).filter(({ via }) => via === 'call').map(({ target }) => (target.kind === 'name' ? `${target.module}.${target.name}` : target.text));
}

describe('a Python file of a model', () => {
  it.each(textFixtures('python-source', 'accept'))('$name: $outcome', async ({ name, bytes, outcome, messages }) => {
    const found = await loadingOutcome(await readBytes(bytes, name));

    expect(found?.outcome).toBe(outcome);
    if (outcome === 'flagged') expect(found?.messages).toEqual(messages);
  });

  it.each(textFixtures('python-source', 'reject'))('$name is refused', async ({ name, bytes }) => {
    await expect(readBytes(bytes, name)).rejects.toMatchObject({ code: 'format/malformed' });
  });

  it.each([
    ['import os\nos.system("x")', ['os.system']],
    ['import os.path, subprocess as s\ns.run(["x"])', ['subprocess.run']],
    ['from os import system as f, path\nf("x")', ['os.system']],
    ['from subprocess import (  # why\n  Popen,\n  PIPE,\n)\nPopen("x")', ['subprocess.Popen']],
    ['eval("1")', ['builtins.eval']],
    ['import builtins\nbuiltins.exec("1")', ['builtins.exec']],
    ['import re\nmodel.eval(); re.compile("x")', ['re.compile']],
    ['"""import os\nos.system(1)"""\nx = \'os.system(2)\' # os.system(3)', []],
    ["f'{x}' \"a\\\"os.system(1)\"", []],
    ['raise ValueError() from error', []],
    ['import os\ngetattr(os, "sys" + "tem")("x")', ['os.system']],
    ['import os as o\ngetattr(o, name)("x")', ['builtins.getattr']],
    ['__import__("os").system("x")', ['os.system']],
    ['import importlib\nimportlib.import_module("o" "s").system("x")', ['os.system']],
    ['import sys\nsys.modules["os"].system("x")', ['os.system']],
    ['import os\nos.__dict__["system"]("x")\nvars(os)["popen"]("x")', ['os.system', 'os.popen']],
    ['__builtins__["eval"]("1")\nglobals()["__builtins__"].exec("1")', ['builtins.eval', 'builtins.exec']],
    ['from os import *\nsystem("x")', ['os.system']],
    ['import os\nshell = os\nrun = shell.system\nrun("x")', ['os.system']],
    ['import os\n(os).system("x"); (os.popen)("x")', ['os.system', 'os.popen']],
    ['import os\nf"{os.system(1)} {{os.popen(2)}}"', ['os.system']],
    ['import os\nos.\uff53ystem("x")', ['os.system']],
    ['x.__class__.__base__.__subclasses__()', ['object.__subclasses__']],
  ])('%j calls %j', async (source, calls) => {
    expect(await callsIn(source)).toEqual(calls);
  });

  it.each([
    ['handed on', 'import os\nlist(map(os.system, ["x"]))'],
    ['as a decorator', 'import os\n@os.system\ndef f(): pass'],
    ['as a default', 'import os\ndef f(run=os.system): run("x")'],
    ['in a table', 'import os\n{"a": os.system}["a"]("x")'],
    ['of the built-in ones', 'import torch\nfor run in [eval, exec]:\n    run("1")'],
    ['through another module', 'import torch\ntorch.serialization.os.system("x")'],
    ['through another module, handed on', 'import torch\nf(torch.os.popen)'],
  ])('is a finding for what it mentions of the dangerous: %s', async (_, source) => {
    expect((await loadingOutcome(await readBytes(encode(source), 'm.zip!/modeling_x.py')))?.outcome).toBe('flagged');
  });

  it.each([
    ['a parameter of that name', 'def f(x, eval=False):\n    return g(x, eval)'],
    ['a method of that name', 'model = g(model.eval)'],
    ['a constant', 'import subprocess\nf(subprocess.PIPE)'],
    ['a type', 'import types\nisinstance(f, types.FunctionType)'],
    ['an import of it', 'from os import (\n    remove,\n)'],
    ['a file of the framework that is called so', 'from torch import code\ncode.run(1)'],
  ])('is quiet for %s', async (_, source) => {
    expect((await loadingOutcome(await readBytes(encode(`${source}\nimport torch\n`), 'm.zip!/modeling_x.py')))?.outcome).toBe('clear');
  });

  it('is recognized by a name that loaders import', () => {
    expect(pythonSource.match(encode('import torch'), 'm/modeling_x.py')).toBe('certain');
    expect(pythonSource.match(encode('import torch'), 'm/train.py')).toBeUndefined();
    expect(pythonSource.match(encode('nothing of Python'), 'm/modeling_x.py')).toBeUndefined();
  });

  it.each([
    ['m.zip!/repo/modeling_x.py', 'certain'], ['m.mar!/anything.py', 'certain'], ['m.zip!/repo/error_handler.py', undefined], ['p.whl!/p/modeling_x.py', undefined], ['m.zip!/pipeline.py', undefined],
  ])('in an archive is taken for one where only a model has such a file: %s', (name, answer) => {
    expect(pythonSource.match(encode('import torch'), name)).toBe(answer);
  });

  it('in an archive is a finding for what it calls, and no doubt for being there', async () => {
    expect((await loadingOutcome(await readBytes(encode('import torch\n'), 'm.zip!/modeling_x.py')))?.outcome).toBe('clear');
    expect((await loadingOutcome(await readBytes(encode('import os\nos.system("echo inert")\n'), 'm.zip!/modeling_x.py')))?.outcome).toBe('flagged');
  });

  it('is read whatever is in it', async () => {
    await fc.assert(fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 300 }), async (text) => {
      await expect(readBytes(encode(`import os\n${text}`), 'modeling_x.py', pythonSource)).resolves.toMatchObject({ format: 'python-source' });
    }), { seed: 5, numRuns: 300 });
  });
});
