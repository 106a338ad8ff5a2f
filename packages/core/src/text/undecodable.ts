/** Whether a path contains bytes that are not UTF-8: Node replaces them with this character. */
export const isUndecodable = (path: string): boolean => path.includes("\ufffd")

/** Why such a path cannot be opened. */
export const undecodableName = "its name is not UTF-8, so it cannot be opened"
