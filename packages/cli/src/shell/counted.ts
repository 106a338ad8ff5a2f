/** `1 clip`, `1,203 clips` */
export const counted = (n: number, thing: string): string =>
  `${n.toLocaleString("en")} ${thing}${n === 1 ? "" : "s"}`
