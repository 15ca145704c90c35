import { describe, expect, it } from 'vitest';
import { openvino } from '../../src/formats/openvino.ts';
import { readBytes } from '../support/read-code.ts';
import { describeStructuredFormat } from './describe-structured-format.ts';

describeStructuredFormat(openvino);

describe('openvino', () => {
  it('is recognized by its root element, under any name', async () => {
    expect((await readBytes(new TextEncoder().encode('<net name="m" version="11"><layers/></net>'), 'model.onnx')).format).toBe('openvino');
    expect(openvino.match(new TextEncoder().encode('<network><layers/></network>'), 'model.xml')).toBeUndefined();
  });
});
