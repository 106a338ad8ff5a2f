/** `maskRatio` -> `--mask-ratio` */
export const flagName = (field: string): string =>
  `--${field.replaceAll(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`
