import { expect, it } from 'vitest';
import { TRUSTED_SOURCE_MESSAGES } from '../../src/provenance/trusted-source-messages.ts';

it.each(Object.entries(TRUSTED_SOURCE_MESSAGES))('%s has a title, whole sentences and a next step', (key, message) => {
  expect(key).toMatch(/^[a-z]+(-[a-z]+)*$/);
  expect(message.title).toMatch(/^[A-Z].*[^.]$/);
  expect(message.text).toMatch(/\{path\}.*\.$/);
  expect(message.nextStep).toMatch(/^[A-Z].*\.$/);
});
