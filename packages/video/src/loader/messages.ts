import type { ClipTask } from "./task.js"

/** Parent to child. */
export interface TaskMessage {
  readonly task: ClipTask
}

/** Child to parent: `ready` once, when it can take a task; then one reply a task. */
export type ReplyMessage =
  | { readonly ready: true }
  /** The views lie in the scratch file. */
  | { readonly done: true }
  | { readonly error: string }
