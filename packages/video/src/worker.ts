import { parentPort } from "node:worker_threads"
import type { ReplyMessage, TaskMessage, TaskReply, ThreadMessage } from "./loader/messages.js"
import { refusal } from "./loader/refusal.js"
import { writeScratch } from "./loader/scratch.js"
import { outliveSignals } from "./loader/signals.js"
import { runTask, type Target, type Task } from "./loader/task.js"

// What a helper runs, as a thread or as a process: one task at a time.

if (parentPort) {
  const port = parentPort
  let room = new SharedArrayBuffer(0)
  port.on("message", async ({ task, room: larger = room }: ThreadMessage) => {
    room = larger
    port.postMessage(await answer(task, (bytes) => new Uint8Array(room, 0, bytes)))
  })
} else {
  // A parent that was killed hears nothing; `disconnect` follows.
  const ignore = () => {}
  const send = (message: ReplyMessage) => process.send?.(message, undefined, undefined, ignore)
  process.on("message", async ({ task }: TaskMessage) => send(await answerByScratch(task)))
  outliveSignals()
  process.on("disconnect", () => process.exit())
  send({ ready: true })
}

async function answer(task: Task, target: Target): Promise<TaskReply> {
  let bytes = 0
  const counted = (asked: number) => {
    bytes = asked
    return target(asked)
  }
  try {
    const facts = await runTask(task, counted)
    return { bytes, facts }
  } catch (error) {
    return refusal(error)
  }
}

/** Kept from task to task: fresh memory costs as much as a copy. */
let room = new Uint8Array()

async function answerByScratch(task: Task): Promise<TaskReply> {
  const reply = await answer(task, (bytes) => {
    if (room.length < bytes) room = new Uint8Array(bytes)
    return room.subarray(0, bytes)
  })
  if ("error" in reply) return reply
  try {
    writeScratch(room.subarray(0, reply.bytes))
    return reply
  } catch (error) {
    return refusal(error)
  }
}
