/** The class names in the order of their labels, and the list of clips beside them. */
export const [labelsFile, splitFile] = ["labels.txt", "split.csv"]

/** The files that `writeList` writes. */
export const listFiles: readonly string[] = [labelsFile, splitFile]
