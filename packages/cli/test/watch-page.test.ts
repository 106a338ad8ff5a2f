import { mkdir, mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { writePng } from "@tubelet/video"
import { type Browser, chromium as driver, type Locator } from "playwright"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { chromium, chromiumFlags } from "../../../scripts/chromium.mjs"
import { servePage, type WatchPage } from "../src/watch/server.js"
import { makeRun } from "./support/watched.js"

const executablePath = chromium()
if (!executablePath) console.log("the page of tubelet watch is not tested: it needs Chromium")

/** Where the screenshots stay, to be looked at. */
const looks = fileURLToPath(new URL("../../../node_modules/.cache/watch/", import.meta.url))

type Scheme = "light" | "dark"
/** The colours of the first three runs, as in page.css, and of the page. */
const colors = {
  light: { paper: "rgb(246, 247, 249)", runs: [0x2563eb, 0xd9480f, 0x0f8a5f] },
  dark: { paper: "rgb(18, 21, 27)", runs: [0x6ea8fe, 0xff9457, 0x4fd1a1] },
} as const

describe.skipIf(!executablePath)("the page of tubelet watch, in Chromium", () => {
  let folder: string
  let browser: Browser
  const at = (...path: string[]) => join(folder, ...path)

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "tubelet-watch-page-"))
    await mkdir(looks, { recursive: true })
    browser = await driver.launch({ executablePath: executablePath!, args: chromiumFlags })
  })
  afterAll(async () => {
    await browser?.close()
    await rm(folder, { recursive: true, force: true })
  })

  /** Opens the page of a folder; what it prints to its console is an error. */
  async function open(watched: WatchPage, colorScheme: Scheme) {
    const page = await browser.newPage({ colorScheme, viewport: { width: 1280, height: 900 } })
    const faults: string[] = []
    page.on("console", (message) => faults.push(message.text()))
    page.on("pageerror", (error) => faults.push(error.message))
    await page.goto(watched.address)
    await expect.poll(() => page.textContent("#state")).toBe("live")
    return { page, faults }
  }

  const schemes: readonly Scheme[] = ["light", "dark"]
  const cases = [0, 1, 3].flatMap((runs) => schemes.map((scheme) => [runs, scheme] as const))
  test.each(cases)("%i runs, %s", async (count, scheme) => {
    const runs = at(`${count}-${scheme}`)
    await mkdir(runs)
    for (let seed = 0; seed < count; seed++) await makeRun(join(runs, `run-${seed}`), 120, seed)
    if (count > 0) await writePng(join(runs, "run-0", "street-01.png"), stripes())
    const watched = await servePage(runs)
    const { page, faults } = await open(watched, scheme)
    await expect.poll(() => page.isVisible("#empty")).toBe(count === 0)
    const titles = count === 0 ? [] : fineTuning
    await expect.poll(() => page.locator("#charts h2").allTextContents()).toEqual(titles)
    await expect
      .poll(() => page.locator("#runs li").allTextContents())
      .toEqual(Array.from({ length: count }, (_, i) => `run-${i}step 120 of 200`))
    const pictures = page.locator("#pictures img")
    await expect.poll(() => pictures.count()).toBe(count === 0 ? 0 : 1)
    if (count > 0)
      await expect
        .poll(() => pictures.first().evaluate((img: HTMLImageElement) => img.naturalWidth))
        .toBe(64)

    const path = join(looks, `${count}-runs-${scheme}.png`)
    await page.screenshot({ path, fullPage: true })
    const { paper, runs: shades } = colors[scheme]
    expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe(paper)
    expect(faults).toEqual([])
    const loss = page.locator(".chart canvas").first()
    if (count > 0) {
      for (const [i, shade] of shades.entries())
        expect((await pixels(loss, shade)) > 50, `run-${i}`).toBe(i < count)
    }
    await page.close()
    await watched.close("over")
  })

  test("a run that is hidden is not drawn; the values are those below the cursor", async () => {
    const runs = at("hidden")
    await makeRun(join(runs, "a"), 120, 0)
    await makeRun(join(runs, "b"), 120, 1)
    const watched = await servePage(runs)
    const { page } = await open(watched, "light")
    const values = page.locator(".chart", { hasText: "Learning rate" }).locator(".value")
    await expect.poll(() => values.allTextContents()).toEqual(["0.001", "0.001"])
    await page.getByRole("checkbox").first().uncheck()
    await expect.poll(() => values.allTextContents()).toEqual(["0.001"])
    const loss = page.locator(".chart canvas").first()
    expect(await pixels(loss, colors.light.runs[0])).toBe(0)
    const box = (await page.locator(".chart .u-over").first().boundingBox())!
    await page.mouse.move(box.x + 1, box.y + 50)
    await expect.poll(() => values.allTextContents()).toEqual(["5e-5"])
    await page.close()
    await watched.close("over")
  })

  test("it grows with the run, and says when it has ended", async () => {
    const run = at("growing")
    const watched = await servePage(run)
    const { page, faults } = await open(watched, "light")
    await expect.poll(() => page.isVisible("#empty")).toBe(true)
    await makeRun(run, 10)
    await expect.poll(() => page.textContent("#runs small")).toBe("step 10 of 200")
    await makeRun(run, 30)
    await watched.close("the run has ended")
    await expect.poll(() => page.textContent("#state")).toBe("the run has ended")
    await expect.poll(() => page.textContent("#runs small")).toBe("step 30 of 200")
    expect(faults).toEqual([])
    await page.close()
  })

  test("a long run keeps the shape of its curve", async () => {
    const run = at("long")
    await makeRun(run, 20_000, 3)
    const watched = await servePage(run)
    const { page } = await open(watched, "light")
    await expect.poll(() => page.textContent("#runs small")).toBe("step 20000 of 200")
    const value = page.locator(".chart").first().locator(".value")
    // The mean of the last steps, whose noise is from 0.40 to 0.45.
    expect(Number(await value.first().textContent())).toBeCloseTo(0.425, 1)
    await page.close()
    await watched.close("over")
  })
})

const fineTuning = [
  ...["Loss", "Accuracy", "Learning rate", "Waiting for data, of a step"],
  ...["Samples per second", "Gradient norm"],
]

function stripes() {
  const size = { width: 64, height: 32 }
  return { ...size, data: Uint8Array.from({ length: 64 * 32 * 3 }, (_, i) => (i % 24) * 10) }
}

/** The pixels of a canvas that are opaque and have a colour, 0xrrggbb, but for rounding. */
const pixels = (canvas: Locator, color: number): Promise<number> =>
  canvas.evaluate((element: HTMLCanvasElement, color) => {
    const { width, height } = element
    const { data } = element.getContext("2d")!.getImageData(0, 0, width, height)
    const wanted = [color >> 16, (color >> 8) & 255, color & 255]
    let count = 0
    for (let i = 0; i < data.length; i += 4)
      if (data[i + 3] > 127 && wanted.every((value, c) => Math.abs(data[i + c] - value) < 4))
        count++
    return count
  }, color)
