import { access, constants } from "node:fs/promises"
import { delimiter, join } from "node:path"
import type { Finding } from "./finding.js"

const browsers = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"]

/** A browser that can train in a tab; its tests need one, too. */
export async function findBrowser(): Promise<Finding> {
  const name = "Chromium"
  const found = (await Promise.all(browsers.map(onPath))).find((path) => path !== undefined)
  if (found) return { name, state: "good", found }
  return {
    name,
    state: "missing",
    found: "no Chromium or Chrome on PATH; only training in a browser needs one",
    fix: "install Chromium, for example with apt-get install chromium",
  }
}

/** The path of a program on PATH. */
export async function onPath(program: string): Promise<string | undefined> {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    const path = join(folder, process.platform === "win32" ? `${program}.exe` : program)
    const there = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (there) return path
  }
  return undefined
}
