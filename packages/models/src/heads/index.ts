import type { ClassifierConfig } from "../config.js"
import { attentiveHead } from "./attentive.js"
import { batchNormHead } from "./batch-norm.js"
import type { Head } from "./head.js"
import { linearHead } from "./linear.js"

const heads = { linear: linearHead, "batch-norm": batchNormHead, attentive: attentiveHead }

/** The head of a classifier; undefined if it has no classes. */
export const headOf = (config: ClassifierConfig): Head | undefined =>
  config.classes > 0 ? heads[config.head ?? "linear"](config) : undefined

/** Whether the model has logits: a head, and features as the head takes them. */
export const hasLogits = ({ classes, pool, head }: ClassifierConfig): boolean =>
  classes > 0 && (pool === "none") === (head === "attentive")
