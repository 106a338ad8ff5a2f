import { type DeviceFacts, TubeletError } from "@tubelet/core"

/** What kernels use where it is there. */
const wanted = ["timestamp-query", "subgroups", "shader-f16"] as const

/** What kernels are held by: the most of each is asked for. */
const limitNames = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxUniformBufferBindingSize",
  "maxBindingsPerBindGroup",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupSizeY",
  "maxComputeWorkgroupSizeZ",
  "maxComputeWorkgroupsPerDimension",
] as const

type Limits = Record<(typeof limitNames)[number], number>

const limitsOf = (limits: GPUSupportedLimits): Limits =>
  Object.fromEntries(limitNames.map((name) => [name, limits[name]])) as Limits

/** The strongest device: all that its adapter has to give. `advice` is for where there is none. */
export async function openDevice(gpu: GPU, advice: string): Promise<GPUDevice> {
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" })
  if (!adapter) throw new TubeletError("WebGPU finds no GPU here", advice)
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

/** Facts for `doctor` and for records. Browsers hide some, which are empty then. */
export interface WebGpuFacts extends DeviceFacts {
  readonly vendor: string
  readonly architecture: string
  readonly description: string
  /** Whether the CPU does the work. */
  readonly software: boolean
  readonly features: readonly string[]
  readonly limits: Limits
}

export function factsOf({ adapterInfo, features, limits }: GPUDevice): WebGpuFacts {
  const { vendor = "", architecture = "", device = "", description = "" } = adapterInfo ?? {}
  return {
    name: device || description || `${vendor} ${architecture}`.trim() || "an unnamed GPU",
    vendor,
    architecture,
    description,
    software: adapterInfo?.isFallbackAdapter ?? false,
    features: [...features].sort(),
    limits: limitsOf(limits),
  }
}
