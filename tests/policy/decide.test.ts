import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GateError } from '../../src/errors.ts';
import { decide, type Decision } from '../../src/policy/decide.ts';
import type { ArtifactEvidence, RunEvidence, RunEvent } from '../../src/policy/evidence.ts';
import type { ResolvedPolicy } from '../../src/policy/policy.ts';
import type { Finding, Outcome, Verdict } from '../../src/report.ts';
import { approved, artifactOf, detectorOf, digest, errorOf, observationOf, policyOf, provenanceOf, resultOf } from './evidence.ts';

const RANK: Readonly<Record<Verdict, number>> = { pass: 0, warn: 1, fail: 2 };

function one(artifact: ArtifactEvidence, policy: ResolvedPolicy): Decision['artifacts'][number] {
  const [decided] = decide({ artifacts: [artifact], events: [] }, policy).artifacts;
  if (decided === undefined) throw new Error('nothing was decided');
  return decided;
}

function brief(findings: readonly Finding[]): string[] {
  return findings.map((finding) => `${finding.verdict} ${finding.severity} ${finding.rule}${finding.detector === undefined ? '' : ` (${finding.detector})`}`);
}

describe('each outcome', () => {
  const detectors = [detectorOf('alpha')];

  it('means what the policy says, and clear means pass', () => {
    const policy = policyOf({ detectors, outcomes: { flagged: 'fail', weighed: 'pass', error: 'warn', inconclusive: 'fail', 'not-applicable': 'warn' } });
    const verdicts = (['clear', 'flagged', 'error', 'inconclusive', 'not-applicable'] as const).map((outcome) => {
      const { verdict, findings } = one(artifactOf({ results: [resultOf('alpha', outcome)] }), policy);
      return [outcome, verdict, ...brief(findings)];
    });

    expect(verdicts).toEqual([
      ['clear', 'pass'],
      ['flagged', 'fail', 'fail high alpha/seen (alpha)'],
      ['error', 'warn', 'warn medium gate/detector-error (alpha)'],
      ['inconclusive', 'fail', 'fail medium gate/inconclusive (alpha)'],
      ['not-applicable', 'warn', 'warn low gate/not-applicable (alpha)'],
    ]);
  });

  it('gives no finding where the policy says pass', () => {
    const policy = policyOf({ detectors, outcomes: { flagged: 'pass', weighed: 'pass', error: 'pass', inconclusive: 'pass', 'not-applicable': 'pass' } });

    for (const outcome of ['flagged', 'error', 'inconclusive', 'not-applicable'] as const) {
      expect(one(artifactOf({ results: [resultOf('alpha', outcome)] }), policy)).toMatchObject({ verdict: 'pass', findings: [] });
    }
  });

  it('of flagged gives one finding an observation, with the score as confidence and what to do', () => {
    const observations = [observationOf('alpha/seen', { location: { targetClass: 3 } }), observationOf('alpha/more', { severity: 'critical', text: 'More.' })];
    const evidence = { artifacts: [artifactOf({ results: [resultOf('alpha', 'flagged', { observations, score: 0.97 })] })], events: [] };
    const { artifacts } = decide(evidence, policyOf({ detectors }), { nextStepOf: (rule) => (rule === 'alpha/more' ? 'Retrain.' : undefined) });

    expect(artifacts[0]?.findings).toMatchInlineSnapshot(`
      [
        {
          "confidence": 0.97,
          "detector": "alpha",
          "fingerprint": "b1da4ea1619efa6576bb06400bcee4c2",
          "location": {},
          "nextStep": "Retrain.",
          "rule": "alpha/more",
          "severity": "critical",
          "text": "More.",
          "verdict": "fail",
        },
        {
          "confidence": 0.97,
          "detector": "alpha",
          "fingerprint": "95a8516e79a096a40b7a66052944b7a9",
          "location": {
            "targetClass": 3,
          },
          "nextStep": "Run "modelgate explain alpha/seen" for what it means and what to do.",
          "rule": "alpha/seen",
          "severity": "high",
          "text": "alpha/seen was seen.",
          "verdict": "fail",
        },
      ]
    `);
  });

  it('of flagged without an observation is still a finding', () => {
    const metric = { name: 'index', unit: 'deviations', value: 4.56789, threshold: 3.5, flaggedWhen: 'above' } as const;
    const { findings } = one(artifactOf({ results: [resultOf('alpha', 'flagged', { observations: [], metric })] }), policyOf({ detectors }));

    expect(findings.map((finding) => [finding.rule, finding.text, finding.confidence])).toEqual([
      ['gate/flagged', 'alpha measured something beyond its threshold (index 4.57, above 3.5) and gave no further observation.', 0.9],
    ]);
  });

  it('of clear that examined nothing is inconclusive', () => {
    const { findings } = one(artifactOf({ results: [resultOf('alpha', 'clear', { examined: 0 })] }), policyOf({ detectors }));

    expect(findings.map((finding) => finding.text)).toEqual(['alpha should have run and could not tell: Nothing was examined.']);
  });

  it('of a detector that the policy does not enable counts all the same', () => {
    expect(one(artifactOf({ results: [resultOf('stranger', 'flagged')] }), policyOf()).verdict).toBe('fail');
  });
});

describe('a required detector', () => {
  it('that does not apply is at least inconclusive', () => {
    const required = policyOf({ detectors: [detectorOf('alpha', true)] });
    const { verdict, findings } = one(artifactOf({ results: [resultOf('alpha', 'not-applicable')] }), required);

    expect([verdict, ...brief(findings)]).toEqual(['warn', 'warn medium gate/required-not-run (alpha)']);
  });

  it('that failed is at least inconclusive', () => {
    const outcomes = { flagged: 'fail', weighed: 'pass', error: 'pass', inconclusive: 'fail', 'not-applicable': 'pass' } as const;

    expect(one(artifactOf({ results: [resultOf('alpha', 'error')] }), policyOf({ detectors: [detectorOf('alpha', true)], outcomes })).verdict).toBe('fail');
    expect(one(artifactOf({ results: [resultOf('alpha', 'error')] }), policyOf({ detectors: [detectorOf('alpha')], outcomes })).verdict).toBe('pass');
  });
});

describe('missing evidence', () => {
  const policy = policyOf({ detectors: [detectorOf('alpha'), detectorOf('beta')] });

  it('of an enabled detector is our error and no verdict', () => {
    const decideOne = (): unknown => one(artifactOf({ results: [resultOf('alpha', 'clear')] }), policy);

    expect(decideOne).toThrow(GateError);
    expect(decideOne).toThrow('There is no result of beta for models/a.onnx, so nothing can be decided about it.');
  });

  it('is expected of what could not be examined', () => {
    expect(one(artifactOf({ error: errorOf('format/malformed') }), policy).verdict).toBe('fail');
    expect(one(artifactOf({ change: 'deleted' }), policy).verdict).toBe('pass');
    expect(one(artifactOf({ container: 'models/a.onnx', path: 'models/weights.bin' }), policy).verdict).toBe('pass');
  });

  it('is not made up for by a second result of another detector', () => {
    const twice = [resultOf('alpha', 'clear'), resultOf('alpha', 'clear')];

    expect(() => one(artifactOf({ results: twice }), policy)).toThrow('There are two results of detector alpha for models/a.onnx.');
  });
});

describe('an artifact that could not be read', () => {
  const policy = policyOf({ detectors: [detectorOf('alpha')], outcomes: { flagged: 'fail', weighed: 'pass', error: 'fail', inconclusive: 'warn', 'not-applicable': 'pass' }, unrecognized: 'warn' });

  it.each([
    ['format/malformed', 'fail high gate/unreadable'],
    ['format/ambiguous', 'fail high gate/unreadable'],
    ['artifact/unreadable', 'fail high gate/unreadable'],
    ['artifact/changed', 'fail high gate/unreadable'],
    ['format/unrecognized', 'warn medium gate/unrecognized'],
    ['inspection/crashed', 'fail medium gate/inspection-failed'],
    ['inspection/memory-exceeded', 'fail medium gate/inspection-failed'],
    ['engine/unavailable', 'fail medium gate/inspection-failed'],
    ['policy/invalid', 'fail medium gate/inspection-failed'],
    ['inspection/timed-out', 'warn medium gate/timed-out'],
    ['inspection/cancelled', 'warn medium gate/timed-out'],
  ] as const)('with %s gives: %s', (code, finding) => {
    expect(brief(one(artifactOf({ error: errorOf(code) }), policy).findings)).toEqual([finding]);
  });

  it.each([
    ['format/unrecognized', 'warn medium gate/unrecognized'],
    ['format/encrypted', 'warn high gate/unreadable'],
  ] as const)('with %s is that one finding, although every detector repeats the error', (code, finding) => {
    const error = errorOf(code);
    const results = [resultOf('alpha', 'error', { error: { ...error }, reason: error.message })];

    expect(brief(one(artifactOf({ error, results }), policy).findings)).toEqual([finding]);
  });

  it('keeps what a detector says of its own besides', () => {
    const results = [resultOf('alpha', 'error')];

    expect(brief(one(artifactOf({ error: errorOf('format/unrecognized'), results }), policy).findings)).toEqual(expect.arrayContaining(['fail medium gate/detector-error (alpha)']));
  });

  it('stays an error for a detector that the policy requires', () => {
    const error = errorOf('format/unrecognized');
    const results = [resultOf('alpha', 'error', { error: { ...error }, reason: error.message })];

    expect(one(artifactOf({ error, results }), { ...policy, detectors: [detectorOf('alpha', true)] }).verdict).toBe('fail');
  });

  it('has no format and no error: it is unrecognized', () => {
    const formless = Object.fromEntries(Object.entries(artifactOf({ results: [resultOf('alpha', 'clear')] })).filter(([key]) => key !== 'format')) as ArtifactEvidence;

    expect(brief(one(formless, policy).findings)).toEqual(['warn medium gate/unrecognized']);
  });

  it('has no format because nobody got to it: each detector says so, and nothing more is said', () => {
    const late = { path: 'a.onnx', provenance: approved, results: [resultOf('alpha', 'inconclusive')], notes: [] };

    expect(brief(one(late, policy).findings)).toEqual(['warn medium gate/inconclusive (alpha)']);
  });

  it('is one finding, not one for each detector that could not run on it', () => {
    const strict = policyOf({ ...policy, detectors: ['alpha', 'beta', 'gamma'].map((id) => detectorOf(id)) });
    const results = [resultOf('alpha', 'error'), resultOf('beta', 'inconclusive'), resultOf('gamma', 'flagged')];
    const { findings } = one(artifactOf({ error: errorOf('inspection/crashed'), results }), strict);

    expect(brief(findings)).toEqual(['fail high gamma/seen (gamma)', 'fail medium gate/inspection-failed']);
  });

  it('does not hide a result that weighs more than the error', () => {
    const harsh = policyOf({ ...policy, outcomes: { flagged: 'fail', weighed: 'pass', error: 'warn', inconclusive: 'fail', 'not-applicable': 'pass' } });

    expect(one(artifactOf({ error: errorOf('inspection/crashed'), results: [resultOf('alpha', 'inconclusive')] }), harsh).verdict).toBe('fail');
  });

  it('and whose source could not be checked for the same reason is still one finding', () => {
    const unread = artifactOf({ error: errorOf('artifact/unreadable'), provenance: provenanceOf('error') });

    expect(brief(one(unread, policy).findings)).toEqual(['fail high gate/unreadable']);
  });
});

describe('a Git LFS pointer without its file', () => {
  const pointer = (provenance: ArtifactEvidence['provenance']): ArtifactEvidence => artifactOf({ error: errorOf('artifact/pointer'), format: 'git-lfs-pointer', provenance });

  it('that the lockfile does not vouch for is what the policy says of unresolved pointers', () => {
    const policy = policyOf({ detectors: [detectorOf('alpha')], trustedSource: { ...policyOf().trustedSource, unresolvedPointer: 'fail', unlisted: 'pass' } });

    expect(brief(one(pointer(provenanceOf('inconclusive', 'unlisted', 'unresolved-pointer')), policy).findings)).toEqual(['fail medium trusted-source/unresolved-pointer']);
  });

  it('that the lockfile vouches for was still not examined', () => {
    expect(brief(one(pointer(approved), policyOf({ detectors: [detectorOf('alpha')] })).findings)).toEqual(['warn low gate/pointer-not-scanned']);
  });

  it('that the lockfile vouches for is all that was asked for when no detector is enabled', () => {
    expect(one(pointer(approved), policyOf()).verdict).toBe('pass');
  });
});

describe('the run', () => {
  it('that scanned nothing says so, whoever forgot to', () => {
    const said: RunEvent = { kind: 'nothing-to-scan', reason: 'no model changed.' };

    expect(decide({ artifacts: [], events: [] }, policyOf({ nothingToScan: 'fail' }))).toMatchObject({ verdict: 'fail', findings: [{ rule: 'gate/nothing-to-scan' }] });
    expect(decide({ artifacts: [artifactOf({ change: 'deleted' })], events: [] }, policyOf({ nothingToScan: 'warn' })).findings[0]?.text).toBe('No artifact was scanned: every artifact that changed is deleted.');
    expect(decide({ artifacts: [], events: [said] }, policyOf({ nothingToScan: 'warn' })).findings.map((finding) => finding.text)).toEqual(['No artifact was scanned: no model changed.']);
    expect(decide({ artifacts: [], events: [] }, policyOf()).verdict).toBe('pass');
  });

  it('reads each event as the policy says', () => {
    const events: RunEvent[] = [
      { kind: 'changes-unknown', reason: 'the clone is shallow' },
      { kind: 'policy-changed', file: 'modelgate.yml' },
      { kind: 'lockfile-changed', file: 'modelgate.lock.json' },
      { kind: 'deleted-but-listed', file: 'old.onnx' },
      { kind: 'budget-reached', seconds: 60 },
    ];
    const policy = policyOf({ unknownChanges: 'fail', changedInHead: 'warn', outcomes: { ...policyOf().outcomes, inconclusive: 'fail' } });
    const { findings, verdict } = decide({ artifacts: [artifactOf()], events }, policy);

    expect(verdict).toBe('fail');
    expect(findings.map((finding) => `${finding.verdict} ${finding.rule}: ${finding.text}`)).toMatchInlineSnapshot(`
      [
        "fail gate/budget-reached: The budget of 60 s was used up before everything was examined.",
        "fail gate/changes-unknown: What changed could not be established (the clone is shallow), so everything that matches the policy’s globs was scanned.",
        "warn gate/lockfile-changed: modelgate.lock.json is changed. The lockfile of the base commit was in force; the change took no effect on this run.",
        "warn gate/policy-changed: modelgate.yml is changed. The policy of the base commit was in force; the change took no effect on this run.",
        "warn gate/deleted-but-listed: old.onnx is gone, but the lockfile still approves it.",
      ]
    `);
  });

  it('is as bad as its worst part', () => {
    const artifacts = [artifactOf(), artifactOf({ path: 'b', provenance: provenanceOf('flagged', 'hash-mismatch') })];

    expect(decide({ artifacts, events: [] }, policyOf())).toMatchObject({ verdict: 'fail', artifacts: [{ verdict: 'pass' }, { verdict: 'fail' }] });
  });
});

describe('warn-only', () => {
  it('lowers every fail at the very end and says how many', () => {
    const evidence: RunEvidence = {
      artifacts: [artifactOf({ results: [resultOf('alpha', 'flagged'), resultOf('beta', 'inconclusive')] })],
      events: [{ kind: 'changes-unknown', reason: 'no base' }],
    };
    const decision = decide(evidence, policyOf({ unknownChanges: 'fail' }), { warnOnly: true });

    expect(decision.verdict).toBe('warn');
    expect(decision.artifacts[0]).toMatchObject({ verdict: 'warn' });
    expect(decision.artifacts[0]?.findings.map((finding) => finding.verdict)).toEqual(['warn', 'warn']);
    expect(decision.findings.map((finding) => [finding.rule, finding.text])).toContainEqual([
      'gate/warn-only',
      'This run may only warn: 2 findings lowered from fail to warn.',
    ]);
  });

  it('changes nothing when nothing fails', () => {
    const evidence = { artifacts: [artifactOf({ results: [resultOf('alpha', 'inconclusive')] })], events: [] };

    expect(decide(evidence, policyOf(), { warnOnly: true })).toEqual(decide(evidence, policyOf()));
  });
});

describe('for any evidence and any policy', () => {
  const ids = ['alpha', 'beta', 'gamma'] as const;
  const ORDER: readonly Outcome[] = ['clear', 'not-applicable', 'inconclusive', 'error', 'flagged'];
  const verdict = fc.constantFrom<Verdict>('pass', 'warn', 'fail');
  const outcome = fc.constantFrom(...ORDER);

  /** Actions under which a worse outcome never means a better verdict. */
  const ordered = fc.tuple(verdict, verdict, verdict, verdict).map((drawn) => {
    const [a, b, c, d] = [...drawn].sort((left, right) => RANK[left] - RANK[right]);
    return { 'not-applicable': a ?? 'pass', inconclusive: b ?? 'pass', error: c ?? 'pass', flagged: d ?? 'pass', weighed: 'pass' as const };
  });
  const members = fc.subarray([...ids], { minLength: 1 });
  const rule = fc.oneof(
    fc.record({ id: fc.constant('a'), detectors: members, outcomes: ordered }),
    fc.record({
      id: fc.constant('b'),
      when: fc.oneof(
        members.map((any) => ({ any })),
        members.map((all) => ({ all })),
        members.chain((of) => fc.integer({ min: 1, max: of.length }).map((atLeast) => ({ atLeast, of }))),
      ),
      then: fc.constantFrom('warn' as const, 'fail' as const),
    }),
  );
  const policy = fc
    .record({
      outcomes: ordered,
      required: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
      rules: fc.array(rule, { maxLength: 3 }),
      unrecognized: verdict,
      nothingToScan: verdict,
      trustedSource: fc.record({ unlisted: verdict, mismatch: verdict, untrusted: verdict, unresolvedPointer: verdict }),
    })
    .map(({ required, trustedSource, ...rest }) =>
      policyOf({ ...rest, detectors: ids.map((id, index) => detectorOf(id, required[index])), trustedSource: { ...policyOf().trustedSource, ...trustedSource } }),
    );
  const provenance = fc.constantFrom(
    approved,
    provenanceOf('flagged', 'hash-mismatch'),
    provenanceOf('flagged', 'unlisted', 'untrusted-source'),
    provenanceOf('inconclusive', 'unresolved-pointer'),
    provenanceOf('not-applicable', 'no-lockfile'),
    provenanceOf('error'),
  );
  const error = fc.constantFrom(undefined, undefined, undefined, 'format/malformed' as const, 'format/unrecognized' as const, 'artifact/pointer' as const, 'inspection/timed-out' as const);
  const artifact = fc
    .record({ path: fc.constantFrom('a.onnx', 'b.onnx', 'c.pt'), outcomes: fc.tuple(outcome, outcome, outcome), provenance, error })
    .map(({ path, outcomes, provenance: source, error: code }) =>
      artifactOf({ path, provenance: source, results: ids.map((id, index) => resultOf(id, outcomes[index] ?? 'error')), ...(code === undefined ? {} : { error: errorOf(code) }) }),
    );
  const evidence = fc.record({
    artifacts: fc.array(artifact, { minLength: 1, maxLength: 3 }),
    events: fc.subarray<RunEvent>([{ kind: 'changes-unknown', reason: 'x' }, { kind: 'policy-changed', file: 'p' }, { kind: 'budget-reached', seconds: 1 }]),
  });

  it('a worse outcome never improves the verdict', () => {
    fc.assert(
      fc.property(evidence, policy, fc.nat(), fc.nat(), outcome, ({ artifacts, events }, anyPolicy, at, which, other) => {
        const chosen = at % artifacts.length;
        const results = artifacts[chosen]?.results ?? [];
        const position = which % results.length;
        const current = results[position];
        if (current === undefined) throw new Error('there are always three results');
        const worse = ORDER[Math.max(ORDER.indexOf(current.outcome), ORDER.indexOf(other))] ?? 'flagged';
        const changed = artifacts.map((item, index) => (index === chosen ? { ...item, results: results.map((result, place) => (place === position ? resultOf(result.detector, worse) : result)) } : item));

        const before = decide({ artifacts, events }, anyPolicy);
        const after = decide({ artifacts: changed, events }, anyPolicy);

        expect(RANK[after.verdict]).toBeGreaterThanOrEqual(RANK[before.verdict]);
      }),
      { numRuns: 500 },
    );
  });

  it('the order of results, observations, detectors and events does not matter', () => {
    fc.assert(
      fc.property(evidence, policy, ({ artifacts, events }, anyPolicy) => {
        const turned = {
          artifacts: artifacts.map((item) => ({ ...item, results: [...item.results].reverse(), provenance: { ...item.provenance, observations: [...item.provenance.observations].reverse() } })),
          events: [...events].reverse(),
        };
        const before = decide({ artifacts, events }, anyPolicy);
        const after = decide(turned, { ...anyPolicy, detectors: [...anyPolicy.detectors].reverse() });

        expect(after.verdict).toBe(before.verdict);
        expect(after.findings).toEqual(before.findings);
        expect(after.artifacts.map((item) => item.findings)).toEqual(before.artifacts.map((item) => item.findings));
      }),
      { numRuns: 300 },
    );
  });

  it('a verdict that is not pass has a finding of that verdict, and the other way round', () => {
    fc.assert(
      fc.property(evidence, policy, fc.boolean(), (given, anyPolicy, warnOnly) => {
        const decision = decide(given, anyPolicy, { warnOnly });
        const worstOf = (findings: readonly Finding[]): number => Math.max(0, ...findings.map((finding) => RANK[finding.verdict]));

        for (const item of decision.artifacts) expect(worstOf(item.findings)).toBe(RANK[item.verdict]);
        expect(worstOf([...decision.findings, ...decision.artifacts.flatMap((item) => item.findings)])).toBe(RANK[decision.verdict]);
        if (warnOnly) expect(decision.verdict).not.toBe('fail');
      }),
      { numRuns: 300 },
    );
  });

  it('strict actions pass only what is clear in everything, and fail whatever could not be told', () => {
    const actions = { outcomes: { flagged: 'fail', weighed: 'pass', error: 'fail', inconclusive: 'fail', 'not-applicable': 'warn' }, unrecognized: 'fail', rules: [] } as const;
    const sources = { unlisted: 'fail', mismatch: 'fail', untrusted: 'fail', unresolvedPointer: 'fail' } as const;
    fc.assert(
      fc.property(evidence, policy, (given, anyPolicy) => {
        const strict = { ...anyPolicy, ...actions, trustedSource: { ...anyPolicy.trustedSource, ...sources } };
        const decision = decide({ ...given, events: [] }, strict);
        const isClear = given.artifacts.every((item) => item.error === undefined && item.provenance.outcome === 'clear' && item.results.every((result) => result.outcome === 'clear'));
        const isUnknown = given.artifacts.some((item) => item.error !== undefined || item.results.some((result) => result.outcome === 'error' || result.outcome === 'inconclusive'));

        expect(decision.verdict === 'pass').toBe(isClear);
        if (isUnknown) expect(decision.verdict).toBe('fail');
      }),
      { numRuns: 500 },
    );
  });

  it('fingerprints are unique within an artifact, and stay when the path changes but the bytes do not', () => {
    fc.assert(
      fc.property(artifact, policy, (item, anyPolicy) => {
        const judge = (path: string): string[] => one({ ...item, path }, { ...anyPolicy, rules: [] }).findings.map((finding) => finding.fingerprint);

        expect(judge('moved/there.onnx')).toEqual(judge(item.path));
        expect(new Set(judge(item.path)).size).toBe(judge(item.path).length);
        for (const fingerprint of judge(item.path)) expect(fingerprint).toMatch(/^[0-9a-f]{32}$/);
      }),
    );
    expect(one(artifactOf({ digest: digest.replace('ab', 'cd') as typeof digest, results: [resultOf('alpha', 'flagged')] }), policyOf()).findings[0]?.fingerprint).not.toBe(
      one(artifactOf({ results: [resultOf('alpha', 'flagged')] }), policyOf()).findings[0]?.fingerprint,
    );
  });
});
