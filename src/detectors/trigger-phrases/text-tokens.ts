/** Words looked at of one text: enough for an article, and a bound for a book (CWE-400). */
const MAX_WORDS = 2000;

/** Longest phrase; longer ones are seen by their parts, and whole sentences by themselves. */
const LONGEST_PHRASE = 3;

/** A sentence shorter than this many words recurs by itself. */
const SHORTEST_SENTENCE = 4;

/** Characters that show nothing: zero-width, direction marks, soft hyphen, tags, variation selectors. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;

/** A word that mixes Latin with letters of scripts whose letters look like Latin ones. */
const MIXED_SCRIPTS = /(?=.*\p{Script=Latin})(?=.*[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}])/u;

export interface TextTokens {
  readonly tokens: readonly string[];
  readonly words: readonly string[];
}

/** Phrases of one to three words, whole sentences, and characters that a reader does not see or takes for others. */
export function textTokens(text: string): TextTokens {
  const tokens = new Set<string>();
  for (const [character] of text.matchAll(INVISIBLE)) tokens.add(`${CHARACTER}${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`);
  const list = text.toLowerCase().replaceAll(INVISIBLE, '').match(/[\p{L}\p{N}'’]+|[^\s\p{L}\p{N}]+/gu)?.slice(0, MAX_WORDS) ?? [];
  for (const [at, word] of list.entries()) {
    if (MIXED_SCRIPTS.test(word)) tokens.add(MIXED);
    for (let length = 1; length <= LONGEST_PHRASE && at + length <= list.length; length += 1) tokens.add(list.slice(at, at + length).join(' '));
  }
  for (const sentence of text.toLowerCase().split(/[.!?\n]+/u)) {
    const words = sentence.trim().split(/\s+/u);
    if (words.length >= SHORTEST_SENTENCE && words.length <= MAX_WORDS) tokens.add(`${SENTENCE}${words.join(' ')}`);
  }
  return { tokens: [...tokens], words: [...new Set(list)] };
}

const CHARACTER = '\u0000character U+';
const SENTENCE = '\u0000sentence ';
const MIXED = '\u0000words of mixed scripts';

/** The words that a token is made of. */
export function wordsOf(token: string): readonly string[] {
  if (token.startsWith(SENTENCE)) return token.slice(SENTENCE.length).match(/[\p{L}\p{N}'’]+|[^\s\p{L}\p{N}]+/gu) ?? [];
  return token.startsWith('\u0000') ? [] : token.split(' ');
}

/** How a token is called in a message. */
export function tokenName(token: string): string {
  if (token.startsWith(SENTENCE)) return `the sentence “${token.slice(SENTENCE.length, SENTENCE.length + 120)}”`;
  return token.startsWith('\u0000') ? token.slice(1) : `“${token}”`;
}
