import { describe, expect, it } from 'vitest';
import { MAX_ARCHIVE_DEPTH, MAX_EXPANDED_BYTES, MAX_INSPECTED_MEMBERS } from '../../src/artifacts/archive-limits.ts';
import { gatherMembers, type MemberRequest } from '../../src/gate/gather-members.ts';
import type { FoundMember, Inspection } from '../../src/inspection/inspection.ts';
import type { Result } from '../../src/report.ts';

const digest = (index: number): `sha256:${string}` => `sha256:${String(index).padStart(64, '0')}`;
const found = (name: string, index: number, rest: Partial<FoundMember> = {}): FoundMember => ({
  name, size: 10, digest: digest(index), place: { offset: index, length: 5, encoding: 'deflate', size: 10 }, ...rest,
});
const clear = (detector: string): Result => ({ detector, outcome: 'clear', examined: 1, seconds: 0, observations: [], measurements: [] });

function run(members: readonly FoundMember[], holds: (request: MemberRequest) => Partial<Inspection> = () => ({})) {
  const asked: MemberRequest[] = [];
  const rows = gatherMembers(
    { file: 'a.zip', path: 'a.zip', digest: digest(0), within: [], members },
    {
      lanes: 2,
      inspect: async (request) => {
        asked.push(request);
        const inspection: Inspection = { format: 'onnx', notes: [], companions: [], results: [clear('alpha')], ...holds(request) };
        const { path, size } = request;
        return {
          inspection,
          row: {
            path, digest: request.digest, size, provenance: { outcome: 'clear', text: '', observations: [] }, results: [...inspection.results], notes: [],
            ...(inspection.format === undefined ? {} : { format: inspection.format }), ...(inspection.error === undefined ? {} : { error: inspection.error }),
          },
        };
      },
    },
  );
  return rows.then((all) => ({ rows: all, asked }));
}

describe('gatherMembers', () => {
  it('gives a row for each member under its path, with the file as its container', async () => {
    const { rows } = await run([found('x/a.onnx', 1), found('b', 2, { trouble: { code: 'format/encrypted', message: 'x', blame: 'artifact' } })]);

    expect(rows).toMatchObject([
      { path: 'a.zip!/x/a.onnx', container: 'a.zip', format: 'onnx', provenance: { outcome: 'not-applicable' } },
      { path: 'a.zip!/b', container: 'a.zip', error: { code: 'format/encrypted' } },
    ]);
  });

  it('goes on in a member that is an archive, by the places that lead to it, and names the file at every depth', async () => {
    const { rows, asked } = await run([found('in.zip', 1)], ({ path }) =>
      path.endsWith('in.zip') ? { format: 'zip', results: [{ ...clear('alpha'), outcome: 'not-applicable' }, clear('archive-structure')], members: [found('a.onnx', 2)] } : {},
    );

    expect(asked.map(({ within }) => within.map((one) => one.offset))).toEqual([[1], [1, 2]]);
    expect(rows.map((one) => [one.path, one.container, one.members, one.results.map(({ detector }) => detector)])).toEqual([
      ['a.zip!/in.zip', 'a.zip', 1, ['archive-structure']],
      ['a.zip!/in.zip!/a.onnx', 'a.zip', undefined, ['alpha']],
    ]);
  });

  it('inspects equal bytes once and has a row for each', async () => {
    const { rows, asked } = await run([found('a', 1), found('b', 1)]);

    expect(asked).toHaveLength(1);
    expect(rows.map((one) => [one.path, one.format, one.notes])).toEqual([['a.zip!/a', 'onnx', []], ['a.zip!/b', 'onnx', ['The same bytes as a.zip!/a.']]]);
  });

  it('leaves out what only looked like something, and nothing else', async () => {
    const error = { code: 'format/malformed', message: 'x', blame: 'artifact' } as const;

    expect((await run([found('a', 1, { otherwise: 'raw numbers' })], () => ({ error }))).rows).toEqual([]);
    expect((await run([found('a', 1)], () => ({ error }))).rows).toMatchObject([{ error: { code: 'format/malformed' } }]);
    expect((await run([found('a', 1, { otherwise: 'raw numbers' })])).rows).toHaveLength(1);
  });

  it('reads the container itself in another way where that is what was found', async () => {
    const { asked } = await run([{ name: '(as zip)', size: 9, digest: digest(0), readAs: 'zip' }]);

    expect(asked).toMatchObject([{ path: 'a.zip!/(as zip)', within: [], readAs: 'zip' }]);
  });

  it('ends an archive that holds itself at the depth that is opened', async () => {
    const { rows, asked } = await run([found('self', 1)], () => ({ format: 'zip', members: [found('self', asked_ += 1)] }));

    expect(asked).toHaveLength(MAX_ARCHIVE_DEPTH);
    expect(rows.at(-1)).toMatchObject({ error: { code: 'format/limit-exceeded' } });
  });

  it('counts members and unpacked bytes over the whole tree', async () => {
    const wide = await run([found('in', 1)], ({ path }) =>
      path.endsWith('/in') ? { format: 'zip', members: Array.from({ length: MAX_INSPECTED_MEMBERS }, (_, index) => found(`m${index}`, index + 2)) } : {},
    );
    const large = await run([found('a', 1, { place: { offset: 0, length: 1, encoding: 'deflate', size: MAX_EXPANDED_BYTES } }), found('b', 2)]);

    expect(wide.asked).toHaveLength(MAX_INSPECTED_MEMBERS);
    expect(wide.rows.filter((one) => one.error?.code === 'format/limit-exceeded')).toHaveLength(1);
    expect(large.rows.map((one) => one.error?.code)).toEqual([undefined, 'format/limit-exceeded']);
  });
});

let asked_ = 100;
