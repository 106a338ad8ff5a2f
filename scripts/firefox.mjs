import { existsSync } from "node:fs"
import { delimiter, join } from "node:path"
import puppeteer from "puppeteer-core"
import { patience } from "./patience.mjs"

const names = ["firefox-esr", "firefox", "firefox.exe"]
const apps = ["/Applications/Firefox.app/Contents/MacOS/firefox"]

/** The path of a Firefox on this machine, FIREFOX_PATH first; undefined where there is none. */
export function firefox() {
  const folders = process.env.PATH.split(delimiter)
  const onPath = folders.flatMap((folder) => names.map((name) => join(folder, name)))
  return [process.env.FIREFOX_PATH, ...onPath, ...apps].find((path) => path && existsSync(path))
}

const extraPrefsFirefox = {
  // Firefox lists drivers that it does not trust, among them those without a GPU.
  "dom.webgpu.enabled": true,
  "gfx.webgpu.ignore-blocklist": true,
}

/** Opens it without a window. Its WebGPU takes the driver that the environment names. */
export const launchFirefox = (executablePath = firefox()) =>
  puppeteer.launch({
    browser: "firefox",
    executablePath,
    extraPrefsFirefox,
    protocolTimeout: patience,
  })
