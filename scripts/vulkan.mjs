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

/** Mesa's driver on the CPU: what Debian, Fedora and Arch call its manifest. */
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
 * The variables under which programs find a Vulkan driver: the user's own where they are set, but
 * for those that name the `other` driver on the CPU, else what names the manifest that `find`
 * gives; undefined where there is none. Other systems bring a driver.
 */
function variables(find, other) {
  const own = process.env.VK_DRIVER_FILES || process.env.VK_ICD_FILENAMES
  if (process.platform !== "linux" || (own && !other.test(own))) return {}
  const found = find()
  // Mesa's layer for machines of several GPUs complains where there is no display.
  const quiet = { NODEVICE_SELECT: "1" }
  return found && { VK_DRIVER_FILES: found, VK_ICD_FILENAMES: found, ...quiet }
}

/** For Dawn, Node's WebGPU. It refuses the lavapipe of Mesa 22. */
export const vulkan = () => variables(swiftShader, /lvp_icd/)

/** For wgpu, the WebGPU of Deno and Firefox. Unlike SwiftShader, lavapipe has shader-f16. */
export const lavapipe = () => variables(lavapipeManifest, /swiftshader/)
