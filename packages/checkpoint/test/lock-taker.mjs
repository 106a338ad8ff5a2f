// A process that tries to take the locks it is told of, and holds those it got until it ends.
import { load } from "./source.mjs"

const { takeLock } = await load("files/lock.ts")

process.on("message", async (path) => {
  const reply = await takeLock(path).then(
    () => "taken",
    (error) => error.message,
  )
  process.send(reply)
})
process.send("ready")
