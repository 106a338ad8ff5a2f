// A process that counts in a file as often as it is told, in a way that only a lock makes right.
import { readFile, writeFile } from "node:fs/promises"
import { setTimeout } from "node:timers/promises"
import { load } from "./source.mjs"

const { withLock } = await load("files/wait-lock.ts")

process.on("message", async ({ lock, counter, times }) => {
  for (let i = 0; i < times; i++) {
    await withLock(lock, async () => {
      const count = Number(await readFile(counter, "utf8"))
      await setTimeout(2)
      await writeFile(counter, String(count + 1))
    })
  }
  process.send("done")
})
process.send("ready")
