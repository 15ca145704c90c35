import { describe, expect, it } from 'vitest';
import { GATE_RULES } from '../../src/policy/gate-rules.ts';

const sentence = /^[A-Z{].*\.$/s;

describe('gate rules', () => {
  it.each(Object.entries(GATE_RULES))('%s has an id of its group, a title, whole sentences and a next step', (id, rule) => {
    expect(id).toMatch(/^gate\/[a-z]+(-[a-z]+)*$/);
    expect(rule.title).toMatch(/^[A-Z].*[^.]$/);
    expect(rule.nextStep).toMatch(sentence);
    // A reason that ends a text brings its own full stop.
    expect(rule.text.replace(/\{reason\}$/, 'It is so.')).toMatch(sentence);
  });
});
