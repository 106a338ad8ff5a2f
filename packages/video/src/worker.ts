import type { ReplyMessage, TaskMessage } from "./loader/messages.js"
import { readTask } from "./loader/task.js"

// The entry of a child process that makes clips: one task at a time, answered over IPC.

const send = (message: ReplyMessage) => process.send?.(message)

process.on("message", async ({ id, task }: TaskMessage) => {
  try {
    send({ id, clip: await readTask(task) })
  } catch (error) {
    send({ id, error: (error as Error).message })
  }
})

// Ctrl-C reaches the whole process group; the parent decides when its children end.
process.on("SIGINT", () => {})
process.on("disconnect", () => process.exit())
send({ ready: true })
