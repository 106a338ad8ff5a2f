import type { ClassifierConfig } from "../config.js"
import { attentiveHead } from "./attentive.js"
import { batchNormHead } from "./batch-norm.js"
import type { Head } from "./head.js"
import { fineTuned, linearHead } from "./linear.js"

/** The head of a classifier; undefined if it has no classes. See `ClassifierOptions.initScale`. */
export function headOf(config: ClassifierConfig, initScale?: number): Head | undefined {
  if (config.classes === 0) return undefined
  if (config.head === "batch-norm") return batchNormHead(config)
  if (config.head === "attentive") return attentiveHead(config)
  return linearHead(config, fineTuned(initScale))
}

/** Whether the model has logits: a head, and features as the head takes them. */
export const hasLogits = ({ classes, pool, head }: ClassifierConfig): boolean =>
  classes > 0 && (pool === "none") === (head === "attentive")
