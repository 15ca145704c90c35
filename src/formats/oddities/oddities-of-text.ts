import type { FileOddity, FileOddityKind } from '../../model/structure.ts';
import { shown } from './shown.ts';

/** Characters of one value that are looked at: more than any description has; a longer one is no description. */
const MAX_CHARACTERS = 2 ** 20;

interface Sign {
  readonly kind: FileOddityKind;
  readonly what: string;
  /** Without nested repetition, so that the time is linear in the text. */
  readonly pattern: RegExp;
}

/**
 * What a description of a model does not hold. The first of each kind is told. `model.eval()` and addresses of papers are
 * ordinary: a call of eval counts where it is nobody's method, an address only as a remark.
 */
const SIGNS: readonly Sign[] = [
  // The first bytes of ELF (64 and 32 bits) and of PE as linkers write them, plain and as base64.
  { kind: 'embedded-executable', what: 'an executable program', pattern: /^\u007fELF|^MZ[\u0090x]|f0VMR(?:gIB|gEB)AQ|TV(?:qQAAMAAAAEAAAA|pQAAIAAAAEAA8A)/ },
  { kind: 'embedded-script', what: 'a script', pattern: /^#!\s*\/|<script\b|javascript:|data:text\/html|(?:^|[^\w.])(?:eval|exec|__import__|compile)\s*\(\s*["'\w]|\bos\s*\.\s*(?:system|popen|exec[lv]\w*|spawn\w+)\s*\(|\bsubprocess\s*\.\s*\w+\s*\(|\/bin\/(?:ba|z|da)?sh\s+-\w|\|\s*(?:ba|z)?sh\b|\bpowershell(?:\.exe)?\s+-/i },
  { kind: 'embedded-pickle', what: 'a pickle as base64', pattern: /^\s*gA[IMQSU][\w+/]{20}/ },
  { kind: 'network-address', what: 'a network address', pattern: /\b(?:https?|ftp|wss?|grpc|smb|ldap):\/\/[^\s"'<>\\]{3}/i },
];

/** What a text that describes a model (a metadata value, a comment) holds besides words. */
export function odditiesOfText(text: string, place: string): readonly FileOddity[] {
  const looked = text.length > MAX_CHARACTERS ? text.slice(0, MAX_CHARACTERS) : text;
  return SIGNS.flatMap(({ kind, what, pattern }) => {
    const found = pattern.exec(looked);
    if (found === null) return [];
    return [{ kind, place, detail: `The text holds ${what}: ${shown(looked.slice(found.index, found.index + 120))}.` }];
  });
}
