import type { Refusal } from "./refusal.js"
import type { Facts, Task } from "./task.js"

/** Parent to worker. */
export interface TaskMessage {
  readonly task: Task
}

/** To a thread, with a larger shared buffer if this result needs one. */
export interface ThreadMessage extends TaskMessage {
  readonly shared?: SharedArrayBuffer
}

/** Subprocess to parent: `ready` once, when it can take a task; then one reply per task. */
export type ReplyMessage = { readonly ready: true } | TaskReply

export type TaskReply =
  /** The number of bytes in the scratch file or the shared buffer. */
  { readonly bytes: number; readonly facts?: Facts } | Refusal
