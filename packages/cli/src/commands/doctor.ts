import { examine } from "../doctor/examine.js"
import { defineCommand } from "../shell/command.js"
import { wrapped } from "../shell/wrapped.js"

const marks = { good: "ok", slow: "slow", missing: "missing", bad: "PROBLEM" } as const
/** Column of the findings. */
const margin = 23
const columnsUnlessTerminal = 100

export const doctor = defineCommand({
  name: "doctor",
  summary: "check this machine and say how to fix what is missing",
  flags: {},
  example: "tubelet doctor",

  async run(_, __, { output }) {
    const findings = await examine()
    output.json({ ok: findings.every(({ state }) => state !== "bad"), findings })
    const width = (output.terminal?.columns ?? columnsUnlessTerminal) - margin
    for (const { state, name, found, fix } of findings) {
      const [first, ...others] = wrapped(found, width)
      output.print(`${marks[state].padEnd(9)}${name.padEnd(margin - 9)}${first}`)
      const advice = fix ? wrapped(`-> ${fix}`, width) : []
      for (const line of [...others, ...advice]) output.print(" ".repeat(margin) + line)
    }
    return findings.some(({ state }) => state === "bad") ? 1 : 0
  },
})
