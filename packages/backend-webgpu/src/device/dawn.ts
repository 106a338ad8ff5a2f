import { TubeletError } from "@tubelet/core"
import { throttlePolls } from "./poll-throttle.js"

const withoutFeatures = [
  // Profiles are made of exact times.
  "timestamp_quantization",
  // Dawn's own loop zeroes workgroup memory as quickly, and drivers that do it word by word
  // (SwiftShader) take seconds to compile every kernel that has 16 KiB of it.
  "use_vulkan_zero_initialize_workgroup_memory_extension",
]
const toggles = [`disable-dawn-features=${withoutFeatures.join()}`]

const load = () => import("webgpu")

/**
 * Dawn's instances, kept while the process lives: what was made of one may be collected after it,
 * and must still find it.
 */
const instances = new Map<typeof load, GPU>()

/** WebGPU in Node: that of the package `webgpu`, which is loaded here and nowhere else. */
export async function dawn(loadPackage: typeof load = load): Promise<GPU> {
  try {
    const { create } = await loadPackage()
    // Mesa's layer for machines of several GPUs complains where there is no display.
    if (!process.env.XDG_RUNTIME_DIR) process.env.NODEVICE_SELECT ??= "1"
    throttlePolls()
    const instance = instances.get(loadPackage) ?? create(toggles)
    instances.set(loadPackage, instance)
    return instance
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    throw code === "ERR_MODULE_NOT_FOUND"
      ? notInstalled(cause)
      : new TubeletError(
          `the package webgpu cannot be loaded: ${message.split("\n")[0]}`,
          "npm install webgpu again, for this platform; or use backend cpu",
          { cause },
        )
  }
}

export const notInstalled = (cause: unknown): TubeletError =>
  new TubeletError(
    "Node has no WebGPU of its own, and the package webgpu is not installed",
    "npm install webgpu",
    { cause },
  )

const drivers: Partial<Record<NodeJS.Platform, string>> = {
  linux:
    "install the GPU's Vulkan driver; without a GPU, set VK_DRIVER_FILES and VK_ICD_FILENAMES to " +
    "the vk_swiftshader_icd.json that Chromium's package installs; or use backend cpu",
}

/** What to do where there is no adapter. */
export const noAdapter =
  drivers[process.platform] ?? "update the graphics driver, or use backend cpu"
