import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memorySource } from '../../../src/artifacts/memory-source.ts';
import { OP, opcodeName, operandShape, type OpcodeName } from '../../../src/formats/pickle/opcodes.ts';
import { MAX_KEPT_ITEMS, WINDOW_BYTES } from '../../../src/formats/pickle/pickle-limits.ts';
import { readPickles } from '../../../src/formats/pickle/read-pickles.ts';
import { formatFixtures } from '../../support/format-fixtures.ts';

const signal = new AbortController().signal;
const read = (bytes: Uint8Array) => readPickles(memorySource(bytes), signal);
const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');
const actionsOf = async (bytes: Uint8Array): Promise<string[]> => (await read(bytes)).programs.flatMap(({ actions }) => actions.map(({ kind, text }) => `${kind} ${text}`));
const short = (text: string): Buffer => Buffer.concat([Buffer.from([0x8c, text.length]), Buffer.from(text)]);
const { accept } = formatFixtures('pickle');

describe('the pickle machine', () => {
  it('knows the 68 opcodes of protocols 0 to 5, and no others', () => {
    expect(Object.keys(OP).length).toBe(68);
    expect(Array.from({ length: 256 }, (_, code) => opcodeName(code)).filter((name) => name !== undefined).length).toBe(68);
  });

  it('follows every opcode: none is taken for one that does not exist', async () => {
    for (const [name, code] of Object.entries(OP) as [OpcodeName, number][]) {
      const shape = operandShape(code);
      const operand = shape?.kind === 'fixed' ? Buffer.alloc(shape.bytes) : shape?.kind === 'line' ? latin1('1\n1\n'.slice(0, 2 * shape.lines)) : Buffer.alloc(shape?.bytes ?? 0);
      const { programs } = await read(Buffer.concat([latin1('((NNN'), Buffer.from([code]), operand, latin1('.')]));

      expect(programs[0]?.break, name).toBeUndefined();
    }
  });

  it('follows the memo by its keys, with PUT, MEMOIZE and entries set anew', async () => {
    // MEMOIZE counts the entries that are set: after keys 5 and 5 again it is key 1.
    const bytes = Buffer.concat([latin1('\x80\x04'), short('os'), latin1('q\x05q\x05'), short('system'), latin1('\x9400h\x05h\x01\x93.')]);

    expect(await actionsOf(bytes)).toEqual(['import import os.system']);
  });

  it('takes a name apart from what overwrote it', async () => {
    const bytes = Buffer.concat([latin1('\x80\x04'), short('json'), latin1('q\x000'), short('os'), latin1('q\x000h\x00'), short('system'), latin1('\x93.')]);

    expect(await actionsOf(bytes)).toEqual(['import import os.system']);
  });

  it('finds names and arguments that lie windows before', async () => {
    const far = Buffer.alloc(2 * WINDOW_BYTES + 17, 1);
    const filler = Buffer.concat([latin1('B'), Buffer.from(Uint32Array.of(far.length).buffer), far, latin1('0')]);
    const bytes = Buffer.concat([
      latin1('\x80\x04'), short('getattr'), latin1('\x940'), short('system'), latin1('\x940'), filler,
      latin1('cos\npath\n0'), short('builtins'), latin1('h\x00\x93cos\nsub\nh\x01\x86R.'),
    ]);

    expect(await actionsOf(bytes)).toEqual(expect.arrayContaining(["import builtins.getattr(os.sub, 'system')"]));
    expect((await read(bytes)).programs[0]?.actions.at(-1)?.target).toEqual({ kind: 'name', module: 'os', name: 'sub.system' });
  });

  it('reads the same through a source that gives copies, piece by piece', async () => {
    for (const { name, bytes } of accept) {
      const pieces = { size: bytes.length, read: (offset: number, length: number) => Promise.resolve(Uint8Array.from(bytes.subarray(offset, offset + length))) };

      expect(await readPickles(pieces, signal), name).toEqual(await read(bytes));
    }
  });

  it('keeps the first elements of a container and counts the others', async () => {
    const elements = latin1('K\x01'.repeat(MAX_KEPT_ITEMS + 10));
    const bytes = Buffer.concat([latin1('\x80\x04cbuiltins\nlist\n('), elements, latin1('tR.')]);

    expect(await actionsOf(bytes)).toEqual(['import import builtins.list', `call builtins.list(1, 1, 1, 1, 1, 1, … ${String(MAX_KEPT_ITEMS + 4)} more)`]);
  });

  it('stops when it is told to', async () => {
    const aborted = new AbortController();
    aborted.abort();

    await expect(readPickles(memorySource(Buffer.concat([latin1('\x80\x04]'), Buffer.alloc(300_000, 'N0'), latin1('.')])), aborted.signal)).rejects.toMatchObject({ code: 'inspection/cancelled' });
  });

  it('shows control characters of a file only as escapes', async () => {
    const [, text = ''] = await actionsOf(latin1("cos\nsystem\n(S'\\x1b[2J\\n::error::x'\ntR."));

    expect(text).toBe("call os.system('\\u001b[2J\\u000a::error::x')");
  });
});

/** What may stand between PROTO and STOP, as bytes: any opcode with an operand of its shape, right or wrong on the stack. */
const opcode = fc.constantFrom(...(Object.entries(OP) as [OpcodeName, number][]).filter(([name]) => name !== 'STOP' && name !== 'PROTO')).chain(([, code]) => {
  const shape = operandShape(code);
  const of = (bytes: Uint8Array): Buffer => Buffer.concat([Buffer.from([code]), bytes]);
  if (shape?.kind === 'fixed') return fc.uint8Array({ minLength: shape.bytes, maxLength: shape.bytes }).map(of);
  const word = fc.constantFrom('os', 'system', 'numpy', 'ndarray', '1', '0', "'text'", 'builtins', 'getattr', '');
  if (shape?.kind === 'line') return fc.array(word, { minLength: shape.lines, maxLength: shape.lines }).map((words) => of(latin1(`${words.join('\n')}\n`)));
  const width = shape?.bytes ?? 1;
  return fc.oneof(word.map((text) => latin1(text)), fc.uint8Array({ maxLength: 40 })).map((body) => {
    const length = Buffer.alloc(width);
    length.writeUIntLE(body.length, 0, Math.min(width, 6));
    return of(Buffer.concat([length, body]));
  });
});

describe('the pickle machine on hostile bytes', () => {
  it('answers for every sequence of opcodes', async () => {
    await fc.assert(fc.asyncProperty(fc.array(opcode, { maxLength: 60 }), async (opcodes) => {
      const bytes = Buffer.concat([latin1('\x80\x04'), ...opcodes, latin1('.')]);
      const { programs, unexamined } = await read(bytes);

      expect(programs.length).toBeGreaterThan(0);
      for (const { range } of [...programs, ...unexamined]) expect(range.offset >= 0 && range.offset + range.length <= bytes.length).toBe(true);
      for (const { actions } of programs) for (const { text } of actions) expect(text).toMatch(/^[\x20-\x7e…]*$/);
    }), { numRuns: 400 });
  });

  it('answers for every byte of every fixture changed', async () => {
    await fc.assert(fc.asyncProperty(fc.constantFrom(...accept), fc.nat(), fc.nat(255), async ({ bytes }, at, value) => {
      const changed = Buffer.from(bytes);
      changed[at % changed.length] = value;

      await expect(read(changed)).resolves.toMatchObject({ programs: expect.any(Array) as unknown[] });
    }), { numRuns: 400 });
  });

  it('never takes a proper prefix for a whole pickle', async () => {
    for (const { name, bytes } of accept.filter((one) => one.bytes.length < 1500 && one.name !== 'several.pkl')) {
      for (let length = 1; length < bytes.length; length += 1) {
        const { programs } = await read(bytes.subarray(0, length));
        expect(programs.some((one) => one.break !== undefined), `${name} cut at ${String(length)}`).toBe(true);
      }
    }
  });

  it('ends within its limits for hundreds of thousands of marks, memo entries, imports, calls of calls and nested values', async () => {
    const many = 200_000;
    const hostile = {
      marks: Buffer.alloc(many, '('),
      duplicates: Buffer.concat([latin1('N'), Buffer.alloc(many, '2'), latin1('.')]),
      nesting: Buffer.concat([latin1(']'), Buffer.alloc(many, '\x85', 'latin1'), latin1('.')]),
      imports: latin1(Array.from({ length: many / 10 }, (_, index) => `cm${String(index)}\nn\n0`).join('')),
      calls: latin1(`cos\nx\n${')R'.repeat(many / 2)}.`),
      missing: Buffer.alloc(many, 'R'),
      'far memo': latin1(`N${Array.from({ length: many / 10 }, (_, index) => `p${String(index * 20_000)}\n`).join('')}.`),
    };
    for (const [name, bytes] of Object.entries(hostile)) {
      const { programs } = await read(bytes);
      expect(programs.length, name).toBeGreaterThan(0);
    }
  }, 60_000);
});
