import { TubeletError } from "@tubelet/core"
import { throttlePolls } from "./poll-throttle.js"

const withoutFeatures = [
  // Profiles need exact timestamps.
  "timestamp_quantization",
  // Dawn's own loop zeroes workgroup memory just as fast, and drivers that do it word by word
  // (SwiftShader) take seconds to compile every kernel with 16 KiB of it.
  "use_vulkan_zero_initialize_workgroup_memory_extension",
]
const toggles = [`disable-dawn-features=${withoutFeatures.join()}`]

const load = () => import("webgpu")

/**
 * Dawn instances, kept for the life of the process: their objects may be collected later and must
 * still find them.
 */
const instances = new Map<typeof load, GPU>()

/** WebGPU in Node, from the `webgpu` package, which is loaded only here. */
export async function dawn(loadPackage: typeof load = load): Promise<GPU> {
  try {
    const { create } = await loadPackage()
    // Mesa's layer for machines with several GPUs warns if there is no display.
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
          `cannot load the \`webgpu\` package: ${message.split("\n")[0]}`,
          "reinstall it for this platform with npm install webgpu, or use the CPU backend",
          { cause },
        )
  }
}

export const notInstalled = (cause: unknown): TubeletError =>
  new TubeletError(
    "Node has no built-in WebGPU, and the `webgpu` package is not installed",
    "npm install webgpu",
    { cause },
  )

const drivers: Partial<Record<NodeJS.Platform, string>> = {
  linux:
    "install the GPU's Vulkan driver; without a GPU, set VK_DRIVER_FILES and VK_ICD_FILENAMES to " +
    "the vk_swiftshader_icd.json that comes with Chromium; or use the CPU backend",
}

/** Advice if there is no adapter. */
export const noAdapter =
  drivers[process.platform] ?? "update the graphics driver, or use the CPU backend"
