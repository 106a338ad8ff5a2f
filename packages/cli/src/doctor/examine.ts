import { availableParallelism, cpus, freemem, totalmem } from "node:os"
import { findBrowser } from "./browser.js"
import type { Finding } from "./finding.js"
import { findDecoder, findFfmpeg } from "./media.js"
import { findNvidia } from "./nvidia.js"
import { findWebGpu } from "./webgpu.js"

const oldestNode = 20

/** Checks everything Tubelet can use, without changing anything. */
export async function examine(): Promise<Finding[]> {
  const [runtime, decoder, ffmpeg, webgpu, nvidia, browser] = await Promise.all([
    onnxRuntime(),
    findDecoder(),
    findFfmpeg(),
    findWebGpu(),
    findNvidia(),
    findBrowser(),
  ])
  return [node(), processor(), memory(), runtime, decoder, ffmpeg, webgpu, nvidia, browser]
}

function node(): Finding {
  const { node: version } = process.versions
  const good = Number(version.split(".")[0]) >= oldestNode
  return {
    name: "Node",
    state: good ? "good" : "bad",
    found: `${version}, ${process.platform} ${process.arch}`,
    ...(!good && { fix: `install Node ${oldestNode} or newer from nodejs.org` }),
  }
}

const processor = (): Finding => ({
  name: "processor",
  state: "good",
  found: `${availableParallelism()} cores, ${cpus()[0]?.model.trim() ?? "of unknown kind"}`,
})

const gib = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`

const memory = (): Finding => ({
  name: "memory",
  state: "good",
  found: `${gib(totalmem())}, ${gib(freemem())} of it free`,
})

async function onnxRuntime(): Promise<Finding> {
  const name = "ONNX Runtime"
  const fix = "npm install --ignore-scripts onnxruntime-node koffi"
  try {
    const { cpuBackend } = await import("@tubelet/backend-cpu")
    const backend = await cpuBackend()
    const { device } = backend
    await backend.dispose()
    const found = `CPU backend: ${device.name}`
    if (!device.name.includes("WebAssembly")) return { name, state: "good", found }
    return { name, state: "missing", found: `${found}, half as fast as native`, fix }
  } catch (error) {
    return {
      name,
      state: "bad",
      found: `the CPU backend cannot start: ${(error as Error).message.split("\n")[0]}`,
      fix,
    }
  }
}
