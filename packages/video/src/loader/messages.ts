import type { ClipTask } from "./task.js"

/** Parent to child. */
export interface TaskMessage {
  readonly id: number
  readonly task: ClipTask
}

/** Child to parent. `ready` comes once, when the child can take tasks. */
export type ReplyMessage =
  | { readonly ready: true }
  | { readonly id: number; readonly clip: Uint8Array }
  | { readonly id: number; readonly error: string }
