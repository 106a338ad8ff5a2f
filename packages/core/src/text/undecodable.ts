/** Whether a path was read from bytes that are no UTF-8: Node puts this character for them. */
export const isUndecodable = (path: string): boolean => path.includes("\ufffd")

/** Why such a path leads nowhere. */
export const undecodableName = "its name is not UTF-8, so that it cannot be opened"
