import { run } from "./index.js"
import { leave, lostOutput } from "./shell/interrupt.js"

let lost = 0
lostOutput(process, ({ code }) => {
  lost ||= code
})
const code = await run(process.argv.slice(2))
// Leaving at once: a decoder that hangs must not keep a finished command alive. What was printed
// is out by the time an empty write is, and whether it was lost is heard a turn later.
process.stdout.write("", () => setImmediate(() => leave(code || lost)))
