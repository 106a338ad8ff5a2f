import { parentPort } from "node:worker_threads"
import type { ReplyMessage, TaskMessage, TaskReply, ThreadMessage } from "./workers/messages.js"
import { refusal } from "./workers/refusal.js"
import { writeScratch } from "./workers/scratch.js"
import { outliveSignals } from "./workers/signals.js"
import { runTask, type Target, type Task } from "./workers/task.js"

// The entry of a worker, a thread or a subprocess: it runs one task at a time.

if (parentPort) {
  const port = parentPort
  let shared = new SharedArrayBuffer(0)
  port.on("message", async ({ task, shared: larger = shared }: ThreadMessage) => {
    shared = larger
    port.postMessage(await answer(task, (bytes) => new Uint8Array(shared, 0, bytes)))
  })
} else {
  // Sending fails if the parent was killed; `disconnect` follows.
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

/** Reused by all tasks: fresh memory costs as much as a copy. */
let buffer = new Uint8Array()

async function answerByScratch(task: Task): Promise<TaskReply> {
  const before = process.cpuUsage()
  const reply = await answer(task, (bytes) => {
    if (buffer.length < bytes) buffer = new Uint8Array(bytes)
    return buffer.subarray(0, bytes)
  })
  if ("error" in reply) return reply
  try {
    writeScratch(buffer.subarray(0, reply.bytes))
    const { facts } = reply
    if (!facts || !("subprocessSeconds" in facts)) return reply
    const { user, system } = process.cpuUsage(before)
    return { ...reply, facts: { ...facts, subprocessSeconds: (user + system) / 1e6 } }
  } catch (error) {
    return refusal(error)
  }
}
