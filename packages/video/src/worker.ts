import type { ReplyMessage, TaskMessage } from "./loader/messages.js"
import { writeScratch } from "./loader/scratch.js"
import { readTask } from "./loader/task.js"

// The entry of a child process that makes clips, one task at a time.

const send = (message: ReplyMessage) => process.send?.(message)

process.on("message", async ({ task }: TaskMessage) => {
  try {
    writeScratch(await readTask(task))
    send({ done: true })
  } catch (error) {
    send({ error: (error as Error).message })
  }
})

// Ctrl-C reaches the whole process group; the parent decides when its children end.
process.on("SIGINT", () => {})
process.on("disconnect", () => process.exit())
send({ ready: true })
