import { describe, expect, it } from 'vitest';
import { outcomeVerdict } from '../../../src/policy/decide/outcome-verdict.ts';
import type { OutcomeRule } from '../../../src/policy/policy.ts';
import { detectorOf, policyOf, resultOf } from '../evidence.ts';

const rule = (id: string, outcomes: OutcomeRule['outcomes'], rest: Partial<OutcomeRule> = {}): OutcomeRule => ({ id, detectors: ['alpha'], outcomes, ...rest });

describe('outcomeVerdict', () => {
  const policy = policyOf({
    rules: [
      rule('first', { flagged: 'warn', error: 'warn' }),
      { id: 'between', when: { any: ['alpha'] }, then: 'fail' },
      rule('second', { flagged: 'pass' }, { artifacts: ['legacy/**'] }),
      rule('third', { inconclusive: 'fail' }, { detectors: ['beta', 'gamma'] }),
    ],
  });

  it('is the last matching rule that states the outcome', () => {
    expect(outcomeVerdict('flagged', 'alpha', 'new/a.onnx', policy)).toBe('warn');
    expect(outcomeVerdict('flagged', 'alpha', 'legacy/a.onnx', policy)).toBe('pass');
    expect(outcomeVerdict('error', 'alpha', 'legacy/a.onnx', policy)).toBe('warn');
  });

  it('is the policy’s own where no rule states it', () => {
    expect(outcomeVerdict('inconclusive', 'alpha', 'a.onnx', policy)).toBe('warn');
    expect(outcomeVerdict('inconclusive', 'gamma', 'a.onnx', policy)).toBe('fail');
    expect(outcomeVerdict('flagged', 'delta', 'a.onnx', policy)).toBe('fail');
  });

  it('is pass for clear, whatever is required', () => {
    expect(outcomeVerdict('clear', 'alpha', 'a.onnx', policyOf({ detectors: [detectorOf('alpha', true)] }))).toBe('pass');
  });

  it('takes a rule’s word for inconclusive when a required detector does not apply', () => {
    const required = policyOf({ detectors: [detectorOf('alpha', true)], rules: [rule('lenient', { inconclusive: 'pass' }, { artifacts: ['legacy/**'] })] });

    expect(outcomeVerdict('not-applicable', 'alpha', 'a.onnx', required)).toBe('warn');
    expect(outcomeVerdict('not-applicable', 'alpha', 'legacy/a.onnx', required)).toBe('pass');
  });

  describe('of a detector that a combined one weighs', () => {
    const weighed = policyOf({ detectors: [{ ...detectorOf('alpha'), weighedBy: ['sum'] }, detectorOf('sum')] });

    it.each(['clear', 'flagged'] as const)('is that of "weighed" where the sum is %s', (outcome) => {
      expect(outcomeVerdict('flagged', 'alpha', 'a.onnx', weighed, [resultOf('sum', outcome)])).toBe('pass');
    });

    it.each(['inconclusive', 'error', 'not-applicable'] as const)('is that of "flagged" where the sum is %s', (outcome) => {
      expect(outcomeVerdict('flagged', 'alpha', 'a.onnx', weighed, [resultOf('sum', outcome)])).toBe('fail');
    });

    it('is that of "flagged" where there is no sum, or where a rule says what flagged means', () => {
      const ruled = { ...weighed, rules: [rule('strict', { flagged: 'warn' })] };

      expect(outcomeVerdict('flagged', 'alpha', 'a.onnx', weighed)).toBe('fail');
      expect(outcomeVerdict('flagged', 'alpha', 'a.onnx', ruled, [resultOf('sum', 'clear')])).toBe('warn');
    });

    it('leaves other outcomes as they are', () => {
      expect(outcomeVerdict('inconclusive', 'alpha', 'a.onnx', weighed, [resultOf('sum', 'clear')])).toBe('warn');
    });
  });
});
