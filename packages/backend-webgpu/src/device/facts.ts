import { type DeviceFacts, TubeletError } from "@tubelet/core"
import { type AdapterInfo, adapterName, withoutId } from "./adapter-name.js"

/** What kernels use where it is there. */
const wanted = ["timestamp-query", "subgroups", "shader-f16"] as const

/** What kernels are held by: the most of each is asked for. */
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

/** The adapter that is chosen of several. `advice` is for where there is none. */
async function requireAdapter(gpu: GPU, advice: string): Promise<GPUAdapter> {
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" })
  if (adapter) return adapter
  throw new TubeletError("WebGPU finds no GPU here", advice)
}

/** Facts of the adapter that a backend would take. */
export async function probe(gpu: GPU, advice: string): Promise<WebGpuFacts> {
  const { info, features, limits } = await requireAdapter(gpu, advice)
  return factsOf({ adapterInfo: info, features, limits })
}

/** The strongest device: all that its adapter has to give. `advice` is for where there is none. */
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
    throw new TubeletError(`the GPU gives no device: ${message}`, advice, { cause })
  }
}

/**
 * Facts of a device, or of an adapter, whose device will have them: for `doctor` and for records.
 * Browsers hide some, which are empty then.
 */
export interface WebGpuFacts extends DeviceFacts {
  readonly vendor: string
  readonly architecture: string
  readonly description: string
  /** Whether the CPU does the work. */
  readonly software: boolean
  /** What there is for buffers, where it is known: most of the machine's for software in Node. */
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
