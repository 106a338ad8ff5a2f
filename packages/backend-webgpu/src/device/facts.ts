import { type DeviceFacts, TubeletError } from "@tubelet/core"
import { type AdapterInfo, adapterName, withoutId } from "./adapter-name.js"

/** Optional features that kernels use. */
const wanted = ["timestamp-query", "subgroups", "shader-f16"] as const

/** Limits that constrain kernels; the adapter's maximum of each is requested. */
export const limitNames = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupSizeY",
  "maxComputeWorkgroupSizeZ",
  "maxComputeWorkgroupsPerDimension",
] as const

export type DeviceLimits = Record<(typeof limitNames)[number], number>

const limitsOf = (limits: DeviceLimits): DeviceLimits =>
  Object.fromEntries(limitNames.map((name) => [name, limits[name]])) as DeviceLimits

/** The preferred adapter; if none is found, the error carries `advice`. */
async function requireAdapter(gpu: GPU, advice: string): Promise<GPUAdapter> {
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" })
  if (adapter) return adapter
  throw new TubeletError("WebGPU found no GPU", advice)
}

/** Facts about the adapter that a backend would use. */
export async function probe(gpu: GPU, advice: string): Promise<WebGpuFacts> {
  const { info, features, limits } = await requireAdapter(gpu, advice)
  return factsOf({ adapterInfo: info, features, limits })
}

/**
 * A device with everything its adapter offers; `advice` is for the error if there is no adapter.
 */
export async function openDevice(gpu: GPU, advice: string): Promise<GPUDevice> {
  const adapter = await requireAdapter(gpu, advice)
  try {
    return await adapter.requestDevice({
      label: "tubelet",
      requiredFeatures: wanted.filter((name) => adapter.features.has(name)),
      requiredLimits: limitsOf(adapter.limits),
    })
  } catch (cause) {
    const { message } = cause as Error
    throw new TubeletError(`cannot create a GPU device: ${message}`, advice, { cause })
  }
}

/**
 * Facts about a device, or about an adapter and the device it would create, for `doctor` and logs.
 * Empty where browsers hide them.
 */
export interface WebGpuFacts extends DeviceFacts {
  readonly vendor: string
  readonly architecture: string
  readonly description: string
  /** Whether the CPU does the work. */
  readonly software: boolean
  /** Memory available for buffers, if known: most of the machine's for software devices in Node. */
  readonly memoryBytes?: number
  readonly features: readonly string[]
  readonly limits: DeviceLimits
}

interface Described {
  readonly adapterInfo?: AdapterInfo
  readonly features: Iterable<string>
  readonly limits: DeviceLimits
}

export function factsOf({ adapterInfo = {}, features, limits }: Described): WebGpuFacts {
  const { vendor, architecture = "", description = "", isFallbackAdapter } = adapterInfo
  return {
    name: adapterName(adapterInfo),
    vendor: withoutId(vendor),
    architecture,
    description,
    software: isFallbackAdapter ?? false,
    features: [...features].sort(),
    limits: limitsOf(limits),
  }
}
