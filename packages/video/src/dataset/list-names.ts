/** The class names in the order of their labels, and the list of clips beside them. */
export const [labelsFile, splitFile] = ["labels.txt", "split.csv"]

/** The number in the name of a clip's first frame, and how many frames it has, in such a list. */
export const frameColumns = ["first_frame", "frame_count"] as const

/** The files that `writeList` writes. */
export const listFiles: readonly string[] = [labelsFile, splitFile]
