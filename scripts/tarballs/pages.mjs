// A Vite app, built for production: one page per package, opened in Chromium.
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { chromium as driver } from "playwright"
import { build, preview } from "vite"
import { chromium } from "../chromium.mjs"
import { isolation } from "../isolation.mjs"
import { writeProgram } from "./project.mjs"

/** A page with only the program of a package. */
function writePage(folder, tarball) {
  const program = writeProgram(folder, tarball)
  const page = program.replace(/js$/, "html")
  writeFileSync(join(folder, page), `<script type="module" src="./${program}"></script>\n`)
  return page
}

/** Builds the pages of a project with the packages installed, and opens each. */
export async function problemsOfPages(folder, tarballs) {
  const pages = tarballs.map((tarball) => writePage(folder, tarball))
  const input = pages.map((page) => join(folder, page))
  const app = { root: folder, configFile: false, logLevel: "error" }
  await build({ ...app, build: { rollupOptions: { input } } })

  const server = await preview({ ...app, preview: { port: 0, headers: isolation } })
  const [address] = server.resolvedUrls.local
  const browser = await driver.launch({ executablePath: chromium(), args: ["--no-sandbox"] })
  try {
    const problems = []
    for (const page of pages) problems.push(...(await problemsOfPage(browser, address, page)))
    return problems
  } finally {
    await browser.close()
    await server.close()
  }
}

async function problemsOfPage(browser, address, name) {
  const page = await browser.newPage()
  const errors = []
  page.on("pageerror", ({ message }) => errors.push(message))
  await page.goto(address + name)
  const ended = () => page.evaluate("globalThis.result").then((r) => r ?? errors[0])
  for (let tries = 0; tries < 3000 && !(await ended()); tries++) await page.waitForTimeout(100)
  const result = await ended()
  await page.close()
  return result === "right" ? [] : [`${name}: ${result ?? "it did not end in 5 min"}`]
}
