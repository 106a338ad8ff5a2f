import { probeAdapter, type WebGpuFacts } from "@tubelet/backend-webgpu"
import { described } from "../shell/errors.js"
import type { Finding } from "./finding.js"

/** The GPU that the WebGPU backend would use. */
export async function findWebGpu(): Promise<Finding> {
  const name = "WebGPU"
  try {
    const facts = await probeAdapter()
    if (!facts.software) return { name, state: "good", found: describe(facts) }
    const fix =
      "fine for tests; if the machine has a GPU, install its Vulkan driver; if not, train with " +
      "--backend cpu, which auto chooses"
    return { name, state: "slow", found: describe(facts), fix }
  } catch (error) {
    const { message, advice } = described(error)
    return { name, state: "missing", found: message, fix: advice }
  }
}

const mib = (bytes: number): string => `${Math.floor(bytes / 2 ** 20)} MiB`

function describe({ name, vendor, software, features, limits }: WebGpuFacts): string {
  const maker = name.toLowerCase().includes(vendor) ? "" : ` (${vendor})`
  const used = ["shader-f16", "subgroups", "timestamp-query"]
  const [there, absent] = [true, false].map((has) =>
    used.filter((feature) => features.includes(feature) === has).join(", "),
  )
  return [
    software ? `${name}: works, but slower than the CPU backend` : `${name}${maker}`,
    ...(there ? [`with ${there}`] : []),
    ...(absent ? [`without ${absent}`] : []),
    `buffers of ${mib(limits.maxBufferSize)}, bindings of ` +
      `${mib(limits.maxStorageBufferBindingSize)}, ` +
      `${limits.maxStorageBuffersPerShaderStage} per kernel`,
    `workgroups of ${limits.maxComputeInvocationsPerWorkgroup} with ` +
      `${limits.maxComputeWorkgroupStorageSize / 1024} KiB`,
  ].join("; ")
}
