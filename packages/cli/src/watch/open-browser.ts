import { spawn } from "node:child_process"
import { once } from "node:events"

const openers: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  darwin: ["open"],
  win32: ["cmd", "/c", "start", ""],
}

/** Opens an address in the system's browser. Returns false if no browser is found. */
export async function openBrowser(address: string): Promise<boolean> {
  const { DISPLAY, WAYLAND_DISPLAY } = process.env
  const [program, ...words] = openers[process.platform] ?? ["xdg-open"]
  if (program === "xdg-open" && !DISPLAY && !WAYLAND_DISPLAY) return false
  const child = spawn(program, [...words, address], { stdio: "ignore", detached: true })
  child.unref() // A browser that it starts lives as long as it likes.
  return once(child, "spawn").then(
    () => true,
    () => false,
  )
}
