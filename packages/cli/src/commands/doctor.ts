import { examine } from "../doctor/examine.js"
import { defineCommand } from "../shell/command.js"

const marks = { good: "ok     ", missing: "missing", bad: "PROBLEM" } as const

export const doctor = defineCommand({
  name: "doctor",
  summary: "what this machine offers and lacks, and how to get it",
  flags: {},
  example: "tubelet doctor",

  async run(_, __, { output }) {
    const findings = await examine()
    output.json({ ok: findings.every(({ state }) => state !== "bad"), findings })
    for (const { state, name, found, fix } of findings) {
      output.print(`${marks[state]}  ${name.padEnd(14)}${found}`)
      if (fix) output.print(`${" ".repeat(23)}-> ${fix}`)
    }
    return findings.some(({ state }) => state === "bad") ? 1 : 0
  },
})
