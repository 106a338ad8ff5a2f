import { readFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { type Browser, chromium as driver, type Page } from "playwright"
import { build, type PreviewServer, preview } from "vite"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { sources } from "../../scripts/bundle.mjs"
import { chromium, chromiumFlags } from "../../scripts/chromium.mjs"

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const executablePath = chromium()

describe.skipIf(!executablePath)("the page, built and opened in Chromium", () => {
  let server: PreviewServer
  let browser: Browser

  beforeAll(async () => {
    const outDir = here("../../node_modules/.cache/tab-training")
    const app = { root: here("."), configFile: false, logLevel: "error" } as const
    await build({ ...app, resolve: { alias: sources }, build: { outDir, emptyOutDir: true } })
    server = await preview({ ...app, build: { outDir }, preview: { port: 0 } })
    browser = await driver.launch({ executablePath: executablePath!, args: chromiumFlags })
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })

  async function open(before = () => {}): Promise<Page> {
    const page = await browser.newPage()
    await page.addInitScript(before)
    await page.goto(server.resolvedUrls!.local[0]!)
    return page
  }

  test("a dropped clip is learned: the loss falls, both canvases show it", async () => {
    const page = await open()
    await drop(page, "cockatoo-01.mp4", await readFile(here("../clips/cockatoo-01.mp4")))
    const first = await lossAt(page, 1)
    expect(await lossAt(page, 24)).toBeLessThan(0.7 * first)

    const { width, height, rows } = await film(page)
    expect(width).toBeGreaterThan(4 * 64)
    expect(height).toBeGreaterThan(3 * 64)
    const [original, masked, painted] = rows
    // Three quarters of the masked row are grey, and the painted row is none of both.
    expect(difference(original!, masked!)).toBeGreaterThan(10)
    expect(difference(original!, painted!)).toBeGreaterThan(1)
    expect(difference(masked!, painted!)).toBeGreaterThan(10)
    expect(await inked(page, "losses")).toBeGreaterThan(500)
    await page.close()
  })

  test("what is no video is refused by name", async () => {
    const page = await open()
    await drop(page, "notes.txt", Buffer.from("no video at all"))
    await said(page, /notes\.txt: is no video that a page reads/)
    await page.close()
  })

  test("a browser without WebGPU says so at once", async () => {
    const page = await open(() => Object.defineProperty(navigator, "gpu", { value: undefined }))
    await said(page, /this browser has no WebGPU\ntake a newer/)
    await page.close()
  })
})

/** Drops a file on the page, as a hand would. */
async function drop(page: Page, name: string, bytes: Buffer): Promise<void> {
  const dataTransfer = await page.evaluateHandle(
    ([name, base64]) => {
      const transfer = new DataTransfer()
      const bytes = Uint8Array.from(atob(base64!), (c) => c.charCodeAt(0))
      transfer.items.add(new File([bytes], name!))
      return transfer
    },
    [name, bytes.toString("base64")],
  )
  await page.dispatchEvent("body", "drop", { dataTransfer })
}

const status = async (page: Page) => (await page.locator("#status").textContent()) ?? ""

async function said(page: Page, text: RegExp): Promise<void> {
  await expect.poll(() => status(page), { timeout: 20_000 }).toMatch(text)
}

/** The loss after that step, or the next one seen. */
async function lossAt(page: Page, step: number): Promise<number> {
  let loss = Number.NaN
  const enough = async () => {
    const text = await status(page)
    loss = Number(/loss ([\d.]+)/.exec(text)?.[1])
    return Number(/^step (\d+)/.exec(text)?.[1] ?? text)
  }
  await expect.poll(enough, { timeout: 100_000, interval: 100 }).toBeGreaterThanOrEqual(step)
  return loss
}

type Pixels = readonly number[]

/** The film's size, and the pixels of the first frame in each of its three rows. */
const film = (page: Page) =>
  page.evaluate(() => {
    const canvas = document.getElementById("film") as HTMLCanvasElement
    const { width, height } = canvas
    const context = canvas.getContext("2d")!
    const row = (height - 4) / 3
    const rows = [0, 1, 2].map((i) => [
      ...context.getImageData(4, Math.round((i + 1) * row) - 64, 64, 64).data,
    ])
    return { width, height, rows }
  })

/** The mean absolute difference. */
const difference = (a: Pixels, b: Pixels): number =>
  a.reduce((sum, x, i) => sum + Math.abs(x - b[i]!), 0) / a.length

/** Pixels of a canvas that are not empty. */
const inked = (page: Page, id: string) =>
  page.evaluate((id) => {
    const canvas = document.getElementById(id) as HTMLCanvasElement
    const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height)
    return data.filter((value, i) => i % 4 === 3 && value > 0).length
  }, id)
