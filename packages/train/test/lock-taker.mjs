// A process that tries to take the locks it is told of, and holds those it got until it ends.
import { fileURLToPath } from "node:url"
import { createJiti } from "jiti"

const source = (path) => fileURLToPath(new URL(path, import.meta.url))
const jiti = createJiti(import.meta.url, {
  alias: { "@tubelet/core": source("../../core/src/index.ts") },
})
const { takeLock } = await jiti.import(source("../src/files/lock.ts"))

process.on("message", async (path) => {
  const reply = await takeLock(path).then(
    () => "taken",
    (error) => error.message,
  )
  process.send(reply)
})
process.send("ready")
