import { describe, expect, it } from 'vitest';
import { skops } from '../../src/formats/skops.ts';
import { describeStructuredFormat } from './describe-structured-format.ts';

describeStructuredFormat(skops);

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('skops', () => {
  it('is recognized by a node, and in an archive by its name alone, whatever stands in front of the first node', () => {
    expect(skops.match(encode('{"__class__": "x", "__loader__": "ObjectNode"}'), 'any.json')).toBe('certain');
    expect(skops.match(encode('{"padding": "'), 'model.skops!/schema.json')).toBe('certain');
    expect(skops.match(encode('{"type": "object"}'), 'schema.json')).toBeUndefined();
    expect(skops.match(encode('no JSON'), 'model.skops!/schema.json')).toBeUndefined();
  });
});
