import { existsSync } from "node:fs"
import { delimiter, join } from "node:path"
import puppeteer from "puppeteer-core"
import { patience } from "./patience.mjs"

const names = ["firefox-esr", "firefox", "firefox.exe"]
const apps = ["/Applications/Firefox.app/Contents/MacOS/firefox"]

/** The path of Firefox (FIREFOX_PATH if set), or undefined if there is none. */
export function firefox() {
  const folders = process.env.PATH.split(delimiter)
  const onPath = folders.flatMap((folder) => names.map((name) => join(folder, name)))
  return [process.env.FIREFOX_PATH, ...onPath, ...apps].find((path) => path && existsSync(path))
}

const extraPrefsFirefox = {
  // Firefox blocklists some drivers, including software drivers.
  "dom.webgpu.enabled": true,
  "gfx.webgpu.ignore-blocklist": true,
}

/** Opens Firefox headless. Its WebGPU uses the driver that the environment names. */
export const launchFirefox = (executablePath = firefox()) =>
  puppeteer.launch({
    browser: "firefox",
    executablePath,
    extraPrefsFirefox,
    protocolTimeout: patience,
  })
