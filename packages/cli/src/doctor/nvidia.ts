import { execFile } from "node:child_process"
import { promisify } from "node:util"
import type { Finding } from "./finding.js"

const run = promisify(execFile)

/** An NVIDIA GPU and its driver, through which the WebGPU backend reaches it. */
export async function findNvidia(): Promise<Finding> {
  const name = "NVIDIA GPU"
  const query = ["--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"]
  try {
    const { stdout } = await run("nvidia-smi", query, { timeout: 10_000 })
    return { name, state: "good", found: `${stdout.trim().split("\n")[0]}; for the WebGPU backend` }
  } catch {
    return {
      name,
      state: "missing",
      found: "none found (nvidia-smi); the WebGPU backend would use one",
      fix: "if the machine has one, install NVIDIA's driver with Vulkan",
    }
  }
}
