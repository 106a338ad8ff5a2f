import type { ClipTask } from "./task.js"

/** Parent to child. */
export interface TaskMessage {
  readonly task: ClipTask
}

/** Child to parent: `ready` once, when it can take a task; then one reply a task. */
export type ReplyMessage =
  | { readonly ready: true }
  /** The clip lies in the scratch file. */
  | { readonly bytes: number }
  | { readonly error: string }
