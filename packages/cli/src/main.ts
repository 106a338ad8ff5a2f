import { run } from "./index.js"
import { leave, lostOutput } from "./shell/interrupt.js"

let lost = 0
lostOutput(process, ({ code }) => {
  lost ||= code
})
const code = await run(process.argv.slice(2))
// Exit at once: a hanging decoder must not keep a finished command alive. An empty write flushes
// what was printed; whether it was lost is known a turn later.
process.stdout.write("", () => setImmediate(() => leave(code || lost)))
