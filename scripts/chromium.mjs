import { existsSync } from "node:fs"
import { delimiter, join } from "node:path"

const names = [
  "chromium",
  "chromium-browser",
  "google-chrome",
  "google-chrome-stable",
  "chrome.exe",
]
const apps = ["/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"]

/** The path of Chromium (CHROMIUM_PATH if set), or undefined if there is none. */
export function chromium() {
  const folders = process.env.PATH.split(delimiter)
  const onPath = folders.flatMap((folder) => names.map((name) => join(folder, name)))
  return [process.env.CHROMIUM_PATH, ...onPath, ...apps].find((path) => path && existsSync(path))
}

export const chromiumFlags = [
  // Root cannot use Chromium's sandbox; the other flags keep it from phoning home.
  "--no-sandbox",
  "--no-first-run",
  "--disable-quic",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // WebGPU on any machine, on the software driver that comes with Chromium.
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--use-angle=swiftshader",
  "--enable-unsafe-swiftshader",
  // That driver takes seconds to compile the zeroing of workgroup memory, word by word.
  "--disable-dawn-features=use_vulkan_zero_initialize_workgroup_memory_extension",
]
