import type { Output } from "../shell/output.js"
import { openBrowser } from "./open-browser.js"
import { servePage, type WatchPage } from "./server.js"

/** Serves the page of a folder, says where, and opens it in a browser if there is one. */
export async function watch(folder: string, output: Output): Promise<WatchPage> {
  const page = await servePage(folder)
  output.log(`watch the run at ${page.address}`)
  if (!(await openBrowser(page.address))) output.log("no browser found: open the address yourself")
  return page
}
