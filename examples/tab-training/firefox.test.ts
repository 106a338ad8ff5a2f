import { readFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import type { Browser, Page } from "puppeteer-core"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { launchFirefox } from "../../scripts/firefox.mjs"
import { servePage } from "./served.js"

const clip = fileURLToPath(new URL("../clips/cockatoo-01.mp4", import.meta.url))

describe("the page, built and opened in Firefox", () => {
  let server: Awaited<ReturnType<typeof servePage>>
  let browser: Browser

  beforeAll(async () => {
    server = await servePage("firefox")
    browser = await launchFirefox()
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })

  test("a dropped clip is learned: the loss falls", async () => {
    const page = await browser.newPage()
    await page.goto(server.address)
    await drop(page, "cockatoo-01.mp4", await readFile(clip))
    const first = await lossAt(page, 1)
    expect(await lossAt(page, 24)).toBeLessThan(0.7 * first)
    await page.close()
  })
})

/** Drops a file on the page, as a hand would. */
const drop = (page: Page, name: string, content: Buffer): Promise<void> =>
  page.evaluate(
    (name, base64) => {
      const dataTransfer = new DataTransfer()
      const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))
      dataTransfer.items.add(new File([bytes], name))
      document.body.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true }))
    },
    name,
    content.toString("base64"),
  )

/** The loss after that step, or the next one seen. */
async function lossAt(page: Page, step: number): Promise<number> {
  const [status, progress] = await page.evaluate(async (step) => {
    const text = (id: string) => document.getElementById(id)!.textContent ?? ""
    const now = () => Number(text("progress").match(/step (\d+)/)?.[1] ?? 0)
    while (now() < step && !text("status").startsWith("Failed")) {
      await new Promise((next) => setTimeout(next, 50))
    }
    return [text("status"), text("progress")]
  }, step)
  expect(status).toMatch(/^Learning/)
  return Number(progress.match(/loss ([\d.]+)/)?.[1])
}
