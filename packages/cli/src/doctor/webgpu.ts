import { probeAdapter, type WebGpuFacts } from "@tubelet/backend-webgpu"
import { described } from "../shell/errors.js"
import type { Finding } from "./examine.js"

/** The GPU that backend webgpu would take. */
export async function findWebGpu(): Promise<Finding> {
  const name = "WebGPU"
  try {
    const facts = await probeAdapter()
    const found = `backend webgpu: ${describe(facts)}`
    if (!facts.software) return { name, state: "good", found }
    const fix = "install the driver of the machine's GPU, if it has one; or use backend cpu"
    return { name, state: "missing", found: `no GPU. ${found}`, fix }
  } catch (error) {
    const { message, advice } = described(error)
    return { name, state: "missing", found: message, fix: advice }
  }
}

const mib = (bytes: number): string => `${Math.floor(bytes / 2 ** 20)} MiB`

function describe({ name, vendor, software, features, limits }: WebGpuFacts): string {
  const of = name.toLowerCase().includes(vendor) ? "" : ` of ${vendor}`
  const used = ["shader-f16", "subgroups", "timestamp-query"]
  const [there, absent] = [true, false].map((has) =>
    used.filter((feature) => features.includes(feature) === has).join(", "),
  )
  return [
    `${name}${of}${software ? ", a software driver: slower than backend cpu" : ""}`,
    ...(there ? [`with ${there}`] : []),
    ...(absent ? [`without ${absent}`] : []),
    `buffers of ${mib(limits.maxBufferSize)}, bindings of ` +
      `${mib(limits.maxStorageBufferBindingSize)}, ` +
      `${limits.maxStorageBuffersPerShaderStage} a kernel`,
    `workgroups of ${limits.maxComputeInvocationsPerWorkgroup} with ` +
      `${limits.maxComputeWorkgroupStorageSize / 1024} KiB`,
  ].join("; ")
}
