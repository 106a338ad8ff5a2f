/** The rank of a label by score, from 0. Ties count against it. */
export const rankOf = (label: number, scores: Float32Array): number =>
  scores.filter((score, i) => i !== label && !(score < scores[label])).length

/** The negative log-likelihood of a label, from logits. */
export function crossEntropyOf(label: number, logits: Float32Array): number {
  const largest = Math.max(...logits)
  const sum = logits.reduce((all, logit) => all + Math.exp(logit - largest), 0)
  return largest + Math.log(sum) - logits[label]
}

/** The labels of the highest scores, highest first. */
export const highest = (scores: Float32Array, count: number): number[] =>
  Array.from(scores.keys())
    .sort((a, b) => scores[b] - scores[a])
    .slice(0, count)

/** A clip with its label and the scores of all classes. */
export interface ScoredClip {
  readonly label: number
  readonly scores: Float32Array
}

/** The result of a class. */
export interface ClassMetrics {
  readonly label: number
  /** Clips of the class. */
  readonly count: number
  /** Recall: the fraction of them that is classified correctly; NaN if there are no clips. */
  readonly top1: number
}

/** Accuracies as fractions. */
export interface Metrics {
  readonly clips: number
  readonly top1: number
  readonly top5: number
  readonly perClass: readonly ClassMetrics[]
  /** The mean of the classes' accuracies, over classes with clips. */
  readonly meanClass: number
  /** The mean of the classes' F1 scores, over classes with clips or predictions. */
  readonly macroF1: number
  /** Clips by label (row) and predicted class (column). */
  readonly confusion: readonly Int32Array[]
}

/** The metrics of single-label classification. */
export function metricsOf(clips: readonly ScoredClip[], classes: number): Metrics {
  const confusion = Array.from({ length: classes }, () => new Int32Array(classes))
  const hits = new Int32Array(classes)
  let top5 = 0
  for (const { label, scores } of clips) {
    const rank = rankOf(label, scores)
    if (rank < 1) hits[label]++
    if (rank < 5) top5++
    confusion[label][highest(scores, 1)[0]]++
  }
  const perClass = confusion.map((row, label) => {
    const count = sum(row)
    return { label, count, top1: hits[label] / count }
  })
  return {
    ...{ clips: clips.length, top1: sum(hits) / clips.length, top5: top5 / clips.length, perClass },
    meanClass: mean(perClass.filter(({ count }) => count > 0).map(({ top1 }) => top1)),
    macroF1: mean(f1Scores(confusion)),
    confusion,
  }
}

/** F1 = 2 TP / (2 TP + FP + FN) of each class that has clips or predictions. */
function f1Scores(confusion: readonly Int32Array[]): number[] {
  return confusion.flatMap((row, label) => {
    const predicted = sum(confusion.map((other) => other[label]))
    const both = sum(row) + predicted
    return both === 0 ? [] : [(2 * row[label]) / both]
  })
}

const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0)

const mean = (values: readonly number[]): number => sum(values) / values.length
