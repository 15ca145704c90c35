import { describe, expect, it } from 'vitest';
import { describeError } from '../../src/action/describe-error.ts';
import { GateError } from '../../src/errors.ts';

describe('describeError', () => {
  it('says what happened and where, who has to act and what to do', () => {
    const error = new GateError({ code: 'policy/invalid', message: 'There is no key "fail".', where: { artifact: 'modelgate.yml', line: 3, column: 1 }, nextStep: 'Remove it.' });

    expect(describeError(error)).toEqual({
      title: 'modelgate: policy/invalid',
      message: 'There is no key "fail". (modelgate.yml, line 3, column 1) To be corrected in the workflow, the policy or the repository. Remove it.',
    });
  });

  it('takes what it does not know for a failure of the tool', () => {
    expect(describeError(new TypeError('x is undefined'))).toEqual({
      title: 'modelgate: internal/unexpected',
      message: 'x is undefined This is a failure of modelgate or its surroundings: run again, and report it if it stays.',
    });
  });
});
