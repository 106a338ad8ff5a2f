import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { expect, test } from "vitest"
import { patience } from "../../../../scripts/patience.mjs"

const run = promisify(execFile)
const source = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** Runs code with a backend's factory in a separate process and returns its output. */
async function inProcess(code: string, env: Record<string, string> = {}): Promise<string> {
  const alias = {
    "@tubelet/core/codegen": source("../../../core/src/codegen/index.ts"),
    "@tubelet/core/schedule": source("../../../core/src/schedule/index.ts"),
    "@tubelet/core": source("../../../core/src/index.ts"),
  }
  const script = `
    import { createJiti } from "jiti"
    const jiti = createJiti(import.meta.url, { alias: ${JSON.stringify(alias)} })
    const { webgpuBackend } = await jiti.import(${JSON.stringify(source("../../src/index.ts"))})
    ${code}`
  const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", script], {
    env: { ...process.env, ...env },
    timeout: patience,
  })
  return stdout
}

const upload = 'backend.upload(Float32Array.of(7), { dtype: "f32", shape: [] })'

test("a process ends by itself after dispose, and when nothing is pending", async () => {
  const code = `
    const backend = globalThis.backend = await webgpuBackend()
    console.log(await ${upload}.item())`
  const printed = await Promise.all(
    [code, `${code}\nawait backend.dispose()`].map((c) => inProcess(c)),
  )
  expect(printed).toEqual(["7\n", "7\n"])
})

test("without a driver, the error says what to install", async () => {
  const code = "await webgpuBackend().catch((error) => console.log(error.message))"
  const nowhere = { VK_DRIVER_FILES: "/nowhere.json", VK_ICD_FILENAMES: "/nowhere.json" }
  expect(await inProcess(code, nowhere)).toMatch(/^WebGPU found no GPU\n.*VK_DRIVER_FILES/m)
})
