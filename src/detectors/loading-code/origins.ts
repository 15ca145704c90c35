/** Who could know a name that is on no list, in words. */
export const ORIGINS = {
  'standard-library': 'Python’s standard library', framework: 'a known framework', main: 'the program that wrote the file',
  registered: 'registered by the program that loads the file', other: 'a package that modelgate does not know',
} as const;
