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

/** The manifest of SwiftShader, the software Vulkan driver that comes with Chromium. */
function swiftShader() {
  const browser = chromium()
  const beside = browser ? [dirname(realpathSync(browser))] : []
  return [...beside, ...folders, ...playwrights()]
    .map((folder) => join(folder, manifest))
    .find((path) => existsSync(path))
}

/** The manifest of lavapipe, Mesa's software driver, as named by Debian, Fedora and Arch. */
function lavapipeManifest() {
  const folders = ["/usr/share/vulkan/icd.d", "/usr/local/share/vulkan/icd.d"]
  const found = folders
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder)
        .filter((name) => /^lvp_icd\b.*\.json$/.test(name))
        .map((name) => join(folder, name)),
    )
  return found[0]
}

/**
 * The environment variables that select a Vulkan driver. The user's are kept, unless they name the
 * `other` software driver; otherwise they name the manifest that `find` returns. Undefined if there
 * is none. Only Linux needs them.
 */
function variables(find, other) {
  const own = process.env.VK_DRIVER_FILES || process.env.VK_ICD_FILENAMES
  if (process.platform !== "linux" || (own && !other.test(own))) return {}
  const found = find()
  // Mesa's device-selection layer complains if there is no display.
  const quiet = { NODEVICE_SELECT: "1" }
  return found && { VK_DRIVER_FILES: found, VK_ICD_FILENAMES: found, ...quiet }
}

/** For Dawn, the WebGPU of Node. It rejects the lavapipe of Mesa 22. */
export const vulkan = () => variables(swiftShader, /lvp_icd/)

/** For wgpu, the WebGPU of Deno and Firefox. Unlike SwiftShader, lavapipe has shader-f16. */
export const lavapipe = () => variables(lavapipeManifest, /swiftshader/)
