const NUMBERED = /^(.*)-\d{3,6}-of-\d{3,6}(\.\w+)$/;

/** The index that a file of a numbered series belongs to, beside it: `model.safetensors.index.json` of `model-00001-of-00003.safetensors`. */
export function indexOfPart(file: string): string | undefined {
  const [, stem, extension] = NUMBERED.exec(file) ?? [];
  return stem === undefined || extension === undefined ? undefined : `${stem}${extension}.index.json`;
}
