/** Looked for in the root, in this order, when no policy is named. */
export const DEFAULT_POLICY_FILES = ['modelgate.yml', 'modelgate.yaml', '.modelgate.yml'] as const;
