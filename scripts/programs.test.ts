import { spawn } from "node:child_process"
import { once } from "node:events"
import { expect, test } from "vitest"

const programs = new URL("./programs.mjs", import.meta.url).href

/** What saves before it ends, as a training run does. */
const saving = `
  process.on("SIGTERM", () => setTimeout(() => {
    console.log("saved")
    process.exit(143)
  }, 200))
  setInterval(() => {}, 1000)
  console.log("ready")`

const wrapper = (script: string) => `
  import { run } from ${JSON.stringify(programs)}
  await run(process.execPath, ["-e", ${JSON.stringify(script)}])
  console.log("next")`

test.each([
  ["which saves first", saving, 143, "ready\nsaved\n"],
  ["which ends by it", 'setInterval(() => {}, 1000); console.log("ready")', 143, "ready\n"],
])("a task passes a signal on to its program, %s, and waits", async (_, script, code, said) => {
  const task = spawn(process.execPath, ["--input-type=module", "-e", wrapper(script)])
  let heard = ""
  task.stdout.on("data", (text) => {
    if (heard === "") task.kill("SIGTERM")
    heard += text
  })
  const [exitCode] = await once(task, "close")
  expect([exitCode, heard]).toEqual([code, said])
})
