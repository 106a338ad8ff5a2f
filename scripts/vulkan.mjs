import { existsSync, readdirSync, realpathSync } from "node:fs"
import { homedir } from "node:os"
import { dirname, join } from "node:path"
import { chromium } from "./chromium.mjs"

const manifest = "vk_swiftshader_icd.json"
const folders = [
  "/usr/lib/chromium",
  "/usr/lib/chromium-browser",
  "/opt/google/chrome",
  "/snap/chromium/current/usr/lib/chromium-browser",
]

/** Playwright's browsers: ~/.cache/ms-playwright/chromium-1234/chrome-linux. */
function playwrights() {
  const cache = join(homedir(), ".cache", "ms-playwright")
  if (!existsSync(cache)) return []
  const versions = readdirSync(cache).filter((name) => name.startsWith("chromium"))
  return versions.flatMap((version) =>
    ["chrome-linux", "chrome-linux64"].map((folder) => join(cache, version, folder)),
  )
}

/** SwiftShader's manifest: a Vulkan driver on the CPU, which lies beside every Chromium. */
function swiftShader() {
  const browser = chromium()
  const beside = browser ? [dirname(realpathSync(browser))] : []
  return [...beside, ...folders, ...playwrights()]
    .map((folder) => join(folder, manifest))
    .find((path) => existsSync(path))
}

/**
 * The variables under which WebGPU finds a driver in Node: the user's own where they are set, else
 * SwiftShader; undefined where there is none. Other systems bring a driver.
 */
export function vulkan() {
  const { VK_DRIVER_FILES, VK_ICD_FILENAMES } = process.env
  if (process.platform !== "linux" || VK_DRIVER_FILES || VK_ICD_FILENAMES) return {}
  const found = swiftShader()
  // Mesa's layer for machines of several GPUs complains where there is no display.
  const quiet = { NODEVICE_SELECT: "1" }
  return found && { VK_DRIVER_FILES: found, VK_ICD_FILENAMES: found, ...quiet }
}
