import { readFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { type Browser, chromium as driver, type Page } from "playwright"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { chromium, chromiumFlags } from "../../scripts/chromium.mjs"
import { patience } from "../../scripts/patience.mjs"
import { servePage } from "./served.js"

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const executablePath = chromium()

describe.skipIf(!executablePath)("the page, built and opened in Chromium", () => {
  let server: Awaited<ReturnType<typeof servePage>>
  let browser: Browser

  beforeAll(async () => {
    server = await servePage("chromium")
    browser = await driver.launch({ executablePath: executablePath!, args: chromiumFlags })
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })

  async function open(before = () => {}): Promise<Page> {
    const page = await browser.newPage()
    page.setDefaultTimeout(patience)
    await page.addInitScript(watchDevices)
    await page.addInitScript(before)
    await page.goto(server.address)
    return page
  }

  test("a dropped clip is learned: the loss falls, the curve and the frames show it", async () => {
    const page = await open()
    await drop(page, "cockatoo-01.mp4", await readFile(here("../clips/cockatoo-01.mp4")))
    await expect.poll(() => text(page, "progress"), often).toMatch(/^compiling: \d+%$/)
    const first = await lossAt(page, 1)
    expect(await lossAt(page, 24)).toBeLessThan(0.7 * first)

    const [original, seen, painted] = [
      await pixels(page, 0),
      await pixels(page, 1),
      await pixels(page, 2),
    ]
    // Three quarters of what the model sees are grey, and what it paints is none of both.
    expect(difference(original, seen)).toBeGreaterThan(10)
    expect(difference(original, painted)).toBeGreaterThan(1)
    expect(difference(seen, painted)).toBeGreaterThan(10)
    const points = (await page.getAttribute("#mse", "points"))!.split(" ")
    expect(points.length).toBeGreaterThanOrEqual(24)
    const heights = points.map((point) => Number(point.split(",")[1]))
    expect([Math.min(...heights), Math.max(...heights)]).toEqual([0, 1])
    expect(await text(page, "progress")).toMatch(/steps\/s · \d+ min left$/)
    await page.close()
  })

  test("a stopped run frees its GPU, another video begins anew; faults are told", async () => {
    const page = await open()
    const bytes = await readFile(here("../clips/cockatoo-01.mp4"))
    await page.setInputFiles("#file", { name: "chosen.mp4", mimeType: "video/mp4", buffer: bytes })
    await lossAt(page, 2)
    await page.getByRole("button", { name: "Stop" }).click()
    await said(page, /^Stopped/)
    expect(await liveDevices(page)).toBe(0)

    await drop(page, "again.mp4", bytes)
    await said(page, /^Learning again/)
    await expect.poll(() => liveDevices(page), often).toBe(1)
    await expect.poll(() => text(page, "progress"), often).toMatch(/^compiling/)
    await lossAt(page, 1)
    await page.evaluate(() => devices.at(-1)!.device.destroy())
    await said(page, /GPU device was lost/)

    await drop(page, "notes.txt", Buffer.from("no video at all"))
    await said(page, /^Failed: .*notes\.txt: is not a supported video/)
    expect(await liveDevices(page)).toBe(0)
    await page.close()
  })

  test("a browser without WebGPU says so", async () => {
    const page = await open(() => Object.defineProperty(navigator, "gpu", { value: undefined }))
    await drop(page, "cockatoo-01.mp4", await readFile(here("../clips/cockatoo-01.mp4")))
    await said(page, /this browser does not support WebGPU\nuse a newer/)
    await page.close()
  })

  test("the keyboard opens the file picker", async () => {
    const page = await open()
    const chooser = page.waitForEvent("filechooser")
    // On a busy machine the page may not have the keyboard yet.
    await expect
      .poll(async () => {
        await page.keyboard.press("Tab")
        return page.evaluate(() => document.activeElement?.id)
      })
      .toBe("file")
    await page.keyboard.press("Enter")
    await (await chooser).setFiles([])
    await page.close()
  })
})

test("page and script have together at most a hundred lines, none longer than 100", async () => {
  const files = await Promise.all(["index.html", "main.ts"].map((f) => readFile(here(f), "utf8")))
  const lines = files.flatMap((file) => file.trimEnd().split("\n"))
  expect(lines.length).toBeLessThanOrEqual(100)
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100)
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
      const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))
      transfer.items.add(new File([bytes], name))
      return transfer
    },
    [name, bytes.toString("base64")],
  )
  await page.dispatchEvent("body", "drop", { dataTransfer })
}

const text = async (page: Page, id: string) => (await page.locator(`#${id}`).textContent()) ?? ""

const often = { interval: 50 }

async function said(page: Page, words: RegExp): Promise<void> {
  await expect.poll(() => text(page, "status"), often).toMatch(words)
}

/** The loss after that step, or the next one seen. */
async function lossAt(page: Page, step: number): Promise<number> {
  const told = async (name: string) =>
    Number((await text(page, "progress")).match(`${name} ([\\d.]+)`)?.[1])
  await expect.poll(() => told("step"), often).toBeGreaterThanOrEqual(step)
  return told("loss")
}

type Pixels = readonly number[]

/** The pixels of a column of the film: the original, what is seen, what is painted. */
const pixels = (page: Page, column: number): Promise<Pixels> =>
  page.evaluate((column) => {
    const film = document.getElementById("film") as HTMLCanvasElement
    const width = film.width / 3
    const { data } = film.getContext("2d")!.getImageData(column * width, 0, width, film.height)
    return [...data]
  }, column)

/** The mean absolute difference. */
const difference = (a: Pixels, b: Pixels): number =>
  a.reduce((sum, x, i) => sum + Math.abs(x - b[i]), 0) / a.length
