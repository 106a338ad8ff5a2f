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
    await page.addInitScript(watchDevices)
    await page.addInitScript(before)
    await page.goto(server.resolvedUrls!.local[0]!)
    return page
  }

  test("a dropped clip is learned: the loss falls, the curve and the frames show it", async () => {
    const page = await open()
    await drop(page, "cockatoo-01.mp4", await readFile(here("../clips/cockatoo-01.mp4")))
    await said(page, /^Compiling: \d+ %$/)
    const unpainted = difference(await pixels(page, "seen"), await pixels(page, "painted"))
    expect(unpainted).toBe(0)
    const first = await lossAt(page, 1)
    expect(await lossAt(page, 24)).toBeLessThan(0.7 * first)

    const [original, seen, painted] = [
      await pixels(page, "original"),
      await pixels(page, "seen"),
      await pixels(page, "painted"),
    ]
    // Three quarters of what the model sees are grey, and what it paints is none of both.
    expect(difference(original, seen)).toBeGreaterThan(10)
    expect(difference(original, painted)).toBeGreaterThan(1)
    expect(difference(seen, painted)).toBeGreaterThan(10)
    const points = (await page.getAttribute("#curve", "points"))!.split(" ")
    expect(points.length).toBeGreaterThanOrEqual(24)
    const heights = points.map((point) => Number(point.split(",")[1]))
    expect([Math.min(...heights), Math.max(...heights)]).toEqual([0, 1])
    expect(await number(page, "most")).toBeGreaterThan(await number(page, "least"))
    await page.close()
  })

  test("a stopped run frees its GPU and goes on where it was; faults are told", async () => {
    const page = await open()
    const bytes = await readFile(here("../clips/cockatoo-01.mp4"))
    await page.setInputFiles("#file", { name: "chosen.mp4", mimeType: "video/mp4", buffer: bytes })
    await lossAt(page, 2)
    await page.getByRole("button", { name: "Stop" }).click()
    await said(page, /^Stopped/)
    const stopped = await number(page, "step")
    expect(stopped).toBeLessThan(20)
    expect(await liveDevices(page)).toBe(0)

    await page.getByRole("button", { name: "Resume" }).click()
    await lossAt(page, stopped + 1)
    expect(await pointCount(page)).toBe(await number(page, "step"))
    expect(await liveDevices(page)).toBe(1)
    await page.evaluate(() => devices.at(-1)!.device.destroy())
    await said(page, /GPU device was lost.*\n.*last checkpoint/)
    await page.getByRole("button", { name: "Resume" }).waitFor()

    await drop(page, "notes.txt", Buffer.from("no video at all"))
    await said(page, /notes\.txt: is no video that a page reads/)
    expect(await page.locator("#status").getAttribute("class")).toBe("error")
    expect(await liveDevices(page)).toBe(0)
    await page.close()
  })

  test("a browser without WebGPU says so at once", async () => {
    const page = await open(() => Object.defineProperty(navigator, "gpu", { value: undefined }))
    await said(page, /this browser has no WebGPU\ntake a newer/)
    await page.close()
  })

  test("the keyboard opens the file picker", async () => {
    const page = await open()
    const chooser = page.waitForEvent("filechooser")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await (await chooser).setFiles([])
    await page.close()
  })
})

test("the script has at most a hundred lines", async () => {
  const script = await readFile(here("main.ts"), "utf8")
  expect(script.trimEnd().split("\n").length).toBeLessThanOrEqual(100)
})

declare const devices: { device: { destroy(): void }; live: boolean }[]

/** Lists the devices that the page asks for, and whether they are still there. */
function watchDevices(): void {
  if (!("GPUAdapter" in globalThis)) return
  const { prototype } = (globalThis as unknown as { GPUAdapter: { prototype: GPUAdapter } })
    .GPUAdapter
  const { requestDevice } = prototype
  const devices: { device: GPUDevice; live: boolean }[] = []
  prototype.requestDevice = async function (this: GPUAdapter, ...given) {
    const device = await requestDevice.apply(this, given)
    const watched = { device, live: true }
    devices.push(watched)
    void device.lost.then(() => {
      watched.live = false
    })
    return device
  }
  Object.assign(globalThis, { devices })
}

const liveDevices = (page: Page) => page.evaluate(() => devices.filter(({ live }) => live).length)

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

const text = async (page: Page, id: string) => (await page.locator(`#${id}`).textContent()) ?? ""

const number = async (page: Page, id: string) => Number.parseFloat(await text(page, id))

async function said(page: Page, words: RegExp): Promise<void> {
  await expect.poll(() => text(page, "status"), { timeout: 60_000, interval: 50 }).toMatch(words)
}

/** The loss after that step, or the next one seen. */
async function lossAt(page: Page, step: number): Promise<number> {
  const poll = { timeout: 100_000, interval: 100 }
  await expect.poll(() => number(page, "step"), poll).toBeGreaterThanOrEqual(step)
  return number(page, "loss")
}

const pointCount = async (page: Page) =>
  (await page.getAttribute("#curve", "points"))!.split(" ").length

type Pixels = readonly number[]

/** The pixels of a canvas. */
const pixels = (page: Page, id: string): Promise<Pixels> =>
  page.evaluate((id) => {
    const canvas = document.getElementById(id) as HTMLCanvasElement
    const { width, height } = canvas
    return [...canvas.getContext("2d")!.getImageData(0, 0, width, height).data]
  }, id)

/** The mean absolute difference. */
const difference = (a: Pixels, b: Pixels): number =>
  a.reduce((sum, x, i) => sum + Math.abs(x - b[i]!), 0) / a.length
