import { execFile } from "node:child_process"
import { promisify } from "node:util"
import type { Finding } from "./examine.js"

const run = promisify(execFile)

/** An NVIDIA GPU and its driver. */
export async function findCuda(): Promise<Finding> {
  const query = ["--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"]
  try {
    const { stdout } = await run("nvidia-smi", query, { timeout: 10_000 })
    return {
      name: "CUDA",
      state: "missing",
      found: `${stdout.trim().split("\n")[0]}; no backend cuda in this version`,
      fix: "none needed: the CPU backend does all of this version's work",
    }
  } catch {
    return {
      name: "CUDA",
      state: "missing",
      found: "no NVIDIA driver (nvidia-smi does not answer)",
      fix: "install NVIDIA's driver where there is such a GPU",
    }
  }
}
