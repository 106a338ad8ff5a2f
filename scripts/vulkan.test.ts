import { afterEach, describe, expect, test, vi } from "vitest"
import { lavapipe, vulkan } from "./vulkan.mjs"

afterEach(() => vi.unstubAllEnvs())

const named = (manifest: string) => {
  vi.stubEnv("VK_DRIVER_FILES", manifest)
  vi.stubEnv("VK_ICD_FILENAMES", manifest)
}

describe.runIf(process.platform === "linux")("the variables that name a Vulkan driver", () => {
  test("are the user's own, for a GPU", () => {
    named("/usr/share/vulkan/icd.d/nvidia_icd.json")
    expect([vulkan(), lavapipe()]).toEqual([{}, {}])
  })

  test("of Node do not become Deno's and Firefox's", () => {
    named("/usr/lib/chromium/vk_swiftshader_icd.json")
    expect(vulkan()).toEqual({})
    expect(lavapipe()).not.toEqual({})
    expect(lavapipe()?.VK_DRIVER_FILES ?? "lvp_icd").toContain("lvp_icd")
  })

  test("of Deno and Firefox do not become Node's", () => {
    named("/usr/share/vulkan/icd.d/lvp_icd.x86_64.json")
    expect(lavapipe()).toEqual({})
    expect(vulkan()).not.toEqual({})
    expect(vulkan()?.VK_DRIVER_FILES ?? "swiftshader").toContain("swiftshader")
  })
})
