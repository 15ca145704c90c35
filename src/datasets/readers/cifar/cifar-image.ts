export const CIFAR_IMAGE = { kind: 'image', channels: 3, height: 32, width: 32 } as const;

/** Values of one image: red, then green, then blue. */
export const CIFAR_PIXELS = 3 * 32 * 32;
