import { execFileSync } from "node:child_process"
import { expect, test } from "vitest"
import { patience } from "../../scripts/patience.mjs"
import { measured } from "../process.mjs"
import { takeTurns } from "../turns.mjs"

const which = { name: "small", peers: ["torch", "jax"] }

test("everything runs in turns, round after round", async () => {
  const order: string[] = []
  const [result] = await takeTurns({ cases: [which], rounds: 2 }, async (runner: string) => {
    order.push(runner)
    return { runner }
  })
  expect(order).toEqual(["tubelet", "torch", "jax", "tubelet", "torch", "jax"])
  expect(result!.turns.get("jax")).toHaveLength(2)
})

test("a runner that fails is left out from then on, and stops nobody else", async () => {
  const order: string[] = []
  const [result] = await takeTurns({ cases: [which], rounds: 2 }, async (runner: string) => {
    order.push(runner)
    if (runner === "torch") throw new Error("no Python")
    return {}
  })
  expect(order).toEqual(["tubelet", "torch", "jax", "tubelet", "jax"])
  expect(result!.failures).toEqual(new Map([["torch", "no Python"]]))
})

test("a process gives the JSON of its last line, or the reason why not", async () => {
  const node = (code: string) => measured(process.execPath, ["-e", code])
  expect(await node("console.log('hello'); console.log('{\"a\":1}')")).toEqual({ a: 1 })
  await expect(node("console.log('no JSON')")).rejects.toThrow(/printed no JSON/)
  await expect(node("console.error('it broke\\nmend it'); process.exit(3)")).rejects.toThrow(
    "it broke; mend it",
  )
  await expect(node("throw new TypeError('a slip')")).rejects.toThrow(/^TypeError: a slip$/)
  await expect(measured("no-such-program", [])).rejects.toThrow(/ENOENT/)
})

test("a program that is not there keeps nobody waiting", () => {
  const module = new URL("../process.mjs", import.meta.url).href
  const run = `await output("no-such-program", []).catch(() => {})`
  const code = `import { output } from "${module}"; ${run}`
  const limits = { timeout: patience / 2 } // a forgotten timer would hold it for ten minutes
  execFileSync(process.execPath, ["--input-type=module", "-e", code], limits)
})
