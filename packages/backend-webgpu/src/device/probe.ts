import { execFile } from "node:child_process"
import { createRequire } from "node:module"
import { pathToFileURL } from "node:url"
import { promisify } from "node:util"
import { TubeletError } from "@tubelet/core"
import { noAdapter, notInstalled } from "./dawn.js"
import { type DeviceLimits, factsOf, limitNames, probe, type WebGpuFacts } from "./facts.js"

const run = promisify(execFile)

/** The output of the probe process. */
interface Found {
  readonly adapterInfo: GPUAdapterInfo
  readonly features: readonly string[]
  readonly limits: DeviceLimits
}

/** Requests the adapter that a backend would use, and prints it. */
const script = (module: string) => `
  const { create } = await import(${JSON.stringify(module)})
  const gpu = create([])
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" })
  const { vendor, architecture, device, description, isFallbackAdapter } = adapter?.info ?? {}
  const found = adapter && {
    adapterInfo: { vendor, architecture, device, description, isFallbackAdapter },
    features: [...adapter.features],
    limits: Object.fromEntries(${JSON.stringify(limitNames)}.map((n) => [n, adapter.limits[n]])),
  }
  process.stdout.write(JSON.stringify(found ?? null), () => process.exit(0))`

/**
 * The adapter that a backend would use. In Node a separate process looks for it, so that drivers'
 * output stays hidden and a crashing driver does no harm. Takes a tenth of a second.
 */
export async function probeAdapter(): Promise<WebGpuFacts> {
  const { gpu } = globalThis.navigator ?? {}
  if (gpu) return probe(gpu, noAdapter)
  const found = await ask(packagePath())
  if (found) return factsOf(found)
  throw new TubeletError("WebGPU found no GPU", noAdapter)
}

function packagePath(): string {
  try {
    return pathToFileURL(createRequire(import.meta.url).resolve("webgpu")).href
  } catch (cause) {
    throw notInstalled(cause)
  }
}

async function ask(module: string): Promise<Found | null> {
  const argv = ["--input-type=module", "--eval", script(module)]
  try {
    const { stdout } = await run(process.execPath, argv, { timeout: 30_000 })
    return JSON.parse(stdout)
  } catch (cause) {
    const { signal } = cause as { signal?: string }
    throw new TubeletError(
      `the \`webgpu\` package failed to look for a GPU${signal ? ` (${signal})` : ""}`,
      "update the graphics driver, reinstall webgpu, or use the CPU backend",
      { cause },
    )
  }
}
