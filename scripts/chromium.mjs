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

/** The path of a Chromium on this machine, CHROMIUM_PATH first; undefined where there is none. */
export function chromium() {
  const folders = process.env.PATH.split(delimiter)
  const onPath = folders.flatMap((folder) => names.map((name) => join(folder, name)))
  return [process.env.CHROMIUM_PATH, ...onPath, ...apps].find((path) => path && existsSync(path))
}

export const chromiumFlags = [
  // Root may not use Chromium's sandbox; the others keep it from calling home.
  "--no-sandbox",
  "--no-first-run",
  "--disable-quic",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // WebGPU on any machine, through the driver that Chromium brings along.
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--use-angle=swiftshader",
  "--enable-unsafe-swiftshader",
  // That driver takes seconds to compile what it zeroes word by word.
  "--disable-dawn-features=use_vulkan_zero_initialize_workgroup_memory_extension",
]
