import { describe, expect, it } from 'vitest';
import { matchesSource, sourceText } from '../../src/provenance/matches-source.ts';

const HUB = ['https://huggingface.co/acme/**'];

describe('matchesSource', () => {
  it.each(['https://huggingface.co/acme/model/resolve/main/a.onnx', 'https://HUGGINGFACE.co:443/acme/x', 'https://huggingface.co/acme/x?download=true', 'https://huggingface.co/./acme/a/../x'])(
    'takes %s',
    (url) => {
      expect(matchesSource({ url }, HUB)).toBe(true);
    },
  );

  it.each([
    'https://huggingface.co/evil/x',
    'https://huggingface.co/acme/../evil/x',
    'https://huggingface.co/acme/%2e%2e/evil/x',
    'https://huggingface.co/acme/..%2fevil/x',
    'https://huggingface.co/acme\\..\\evil/x',
    'https://huggingface.co.evil.com/acme/x',
    'https://evil.com/https://huggingface.co/acme/x',
    'https://evil.com/?https://huggingface.co/acme/x',
    'https://evil.com#https://huggingface.co/acme/x',
    'https://huggingface.co@evil.com/acme/x',
    'https://user:password@huggingface.co/acme/x',
    'http://huggingface.co/acme/x',
    'https://huggingface.co:8443/acme/x',
    'not a url',
    'https://',
  ])('does not take %s', (url) => {
    expect(matchesSource({ url }, HUB)).toBe(false);
  });

  it('matches a repository with or without its revision', () => {
    const source = { repository: 'https://github.com/acme/models', revision: 'v1.2' };

    expect(matchesSource(source, ['https://github.com/acme/*'])).toBe(true);
    expect(matchesSource({ ...source, repository: 'https://github.com/acme/models/' }, ['https://github.com/acme/models'])).toBe(true);
    expect(matchesSource(source, ['https://github.com/acme/models@v*'])).toBe(true);
    expect(matchesSource(source, ['https://github.com/acme/models@main'])).toBe(false);
    expect(matchesSource(source, ['https://github.com/acme'])).toBe(false);
  });

  it('matches short names and addresses of ssh', () => {
    expect(matchesSource({ repository: 'acme/models', revision: 'a' }, ['acme/*'])).toBe(true);
    expect(matchesSource({ repository: 'git@github.com:acme/models.git', revision: 'a' }, ['git@github.com:acme/*'])).toBe(true);
    expect(matchesSource({ repository: 'acme/../evil/models', revision: 'a' }, ['acme/**'])).toBe(false);
    expect(matchesSource({ repository: 'git@github.com:../evil', revision: 'a' }, ['git@github.com:**'])).toBe(false);
  });

  it('matches nothing without globs', () => {
    expect(matchesSource({ url: 'https://huggingface.co/acme/x' }, [])).toBe(false);
  });
});

it('names a source in one line', () => {
  expect(sourceText({ url: 'https://example.com/a' })).toBe('https://example.com/a');
  expect(sourceText({ repository: 'acme/models', revision: 'v1' })).toBe('acme/models@v1');
});
