/** `a, b, c, and 4 more` */
export function some(names: readonly string[], shown = 8): string {
  const more = names.length > shown ? `, and ${names.length - shown} more` : ""
  return `${names.slice(0, shown).join(", ")}${more}`
}
