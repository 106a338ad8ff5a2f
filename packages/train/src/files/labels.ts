/** The file in a run's folder with the names of its classes. */
export const labelsFile = "labels.json"

/** Class names by label, under Hugging Face's name for them. */
export const labelsText = (classes: readonly string[]): string =>
  `${JSON.stringify({ id2label: Object.fromEntries(classes.entries()) }, null, 2)}\n`
