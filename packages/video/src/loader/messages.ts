import type { DecodedFacts } from "../cache/decode.js"
import type { Refusal } from "./refusal.js"
import type { Task } from "./task.js"

/** Parent to child. */
export interface TaskMessage {
  readonly task: Task
}

/** To a thread, with room for this result and the next ones where there is not enough yet. */
export interface ThreadMessage extends TaskMessage {
  readonly room?: SharedArrayBuffer
}

/** Child to parent: `ready` once, when it can take a task; then one reply a task. */
export type ReplyMessage = { readonly ready: true } | TaskReply

export type TaskReply =
  /** So many bytes lie in the scratch file, or in the room given. */
  { readonly bytes: number; readonly facts?: DecodedFacts | undefined } | Refusal
