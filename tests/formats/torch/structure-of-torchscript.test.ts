import { readFileSync } from 'node:fs';
import path from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { readBytes } from '../../support/read-code.ts';

const script = (code: string) => zipSync({ 'm/data.pkl': Uint8Array.from([0x80, 2, 0x4e, 0x2e]), 'm/version': strToU8('3'), 'm/code/__torch__/net.py': strToU8(code) });
const oddities = async (code: string) => ((await readBytes(script(code), 'm.pt')).facets.structure?.oddities ?? []).map(({ kind, place }) => [kind, place]);

describe('the code of a TorchScript archive', () => {
  it.each([
    ['y = torch.from_file("/etc/hostname", False, 4)', [['file-operator', 'torch.from_file']]],
    ['ops.aten.save(x, "inert.bin")', [['file-operator', 'ops.aten.save']]],
    ['y = ops.mylib.run(x)\nz = ops.mylib.run(y)', [['custom-operator', 'ops.mylib.run']]],
    ['import os', [['embedded-script', 'm/code/__torch__/net.py, line 3']]],
    ['from subprocess import run', [['embedded-script', 'm/code/__torch__/net.py, line 3']]],
    ['exec(s)', [['embedded-script', 'm/code/__torch__/net.py, line 3']]],
  ])('is told for what it calls: %j', async (code, expected) => {
    expect(await oddities(`class Net(Module):\n  def forward(self, x: Tensor) -> Tensor:\n    ${code.replaceAll('\n', '\n    ')}\n    return x\n`)).toEqual(expected);
  });

  it.each(['_0 = torch.conv2d(x, w)', 'y = ops.prim.NumToTensor(x)', 'y = ops.torchvision.nms(a, b, 0.5)', 'y = self.ops.mylib.run(x)', "s = 'torch.from_file'", 'self.save(x)', 'y = torch.from_fileless(x)', 'import __torch__.net', 'self.eval()', 'exec = x', "s = 'import os'"])('is quiet about what PyTorch brings along: %j', async (code) => {
    expect(await oddities(`class Net(Module):\n  def forward(self, x: Tensor) -> Tensor:\n    ${code}\n    return x\n`)).toEqual([]);
  });

  it('as torch writes it is quiet, and an archive without such code has no structure', async () => {
    const read = async (name: string) => (await readBytes(new Uint8Array(readFileSync(path.resolve(import.meta.dirname, '../../../fixtures/formats/torch', name))), name)).facets.structure;

    expect(await read('script.pt')).toMatchObject({ oddities: [], examined: expect.any(Number) as number });
    expect(await read('state-dict.pt')).toBeUndefined();
  });
});
