import { conformanceCases } from "@tubelet/core/testing"
import type { Browser, Page } from "puppeteer-core"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { launchFirefox } from "../../../../scripts/firefox.mjs"
import { serveModule } from "../../../../scripts/serve-module.mjs"

const halves = ["f16", "bf16"] as const

const module = `
  import { webgpuBackend } from "@tubelet/backend-webgpu"
  import { conformanceCases } from "@tubelet/core/testing"
  const cases = conformanceCases({ halves: ${JSON.stringify(halves)} })
  globalThis.opened = webgpuBackend()
  globalThis.problemOf = async (name) => {
    const backend = await opened
    return cases.find((c) => c.name === name).run(backend).then(() => "", String)
  }
`
declare const opened: Promise<{ device: { name: string; features: readonly string[] } }>
declare function problemOf(name: string): Promise<string>

describe("the WebGPU backend conforms in Firefox", () => {
  let server: Awaited<ReturnType<typeof serveModule>>
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    server = await serveModule(module)
    browser = await launchFirefox()
    page = await browser.newPage()
    await page.goto(server.address)
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })

  test("its name, which Firefox hides, is not invented; it has its driver's features", async () => {
    const { name, features } = await page.evaluate(async () => (await opened).device)
    expect(name).toMatch(/^an unnamed /)
    // A driver meant for Node does not provide it.
    if (process.env.VK_DRIVER_FILES?.includes("lvp_icd")) expect(features).toContain("shader-f16")
  })

  const problem = async (name: string) =>
    expect(await page.evaluate((n) => problemOf(n), name)).toBe("")
  // Firefox looks for results of the GPU only every 100 ms, so cases wait together; plans, of which
  // some measure the memory in use, run alone.
  for (const { name } of conformanceCases({ halves })) {
    if (name.startsWith("plan: ")) test(name, () => problem(name))
    else test.concurrent(name, () => problem(name))
  }
})
