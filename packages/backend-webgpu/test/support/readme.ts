import * as core from "@tubelet/core"
import { expect, vi } from "vitest"
import readme from "../../README.md?raw"

/** Runs the README's first example on a backend and checks its result. */
export async function runExample(webgpuBackend: () => Promise<core.Backend>): Promise<void> {
  const [, example] = /```ts\n(import [\s\S]+?)```/.exec(readme)!
  const body = example
    .replace(/import \{ webgpuBackend \} from .*/, "")
    .replace(/import (\{.+\}) from "@tubelet\/core"/, "const $1 = core")
  const log = vi.spyOn(console, "log").mockImplementation(() => {})
  const run = new Function("core", "webgpuBackend", `return (async () => {${body}})()`)
  await run(core, webgpuBackend)
  const [[y]] = log.mock.calls as [[Float32Array]]
  log.mockRestore()
  // GELU of 1 - 3 and of 4 - 6.
  for (const value of y) expect(value).toBeCloseTo(-0.0455, 4)
  expect(y.length).toBe(2)
}
