import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { PassThrough } from "node:stream"
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest"
import { commands } from "../src/commands.js"
import { runProgram } from "../src/shell/program.js"
import { openBrowser } from "../src/watch/open-browser.js"
import { makeProject, tubelet } from "./project.js"
import { heard } from "./support/session.js"
import { makeRun } from "./support/watched.js"

let folder: string
const at = (...path: string[]) => join(folder, ...path)
beforeAll(async () => {
  folder = await makeProject()
})
afterAll(() => rm(folder, { recursive: true, force: true }))
afterEach(() => vi.unstubAllEnvs())

/** No browser opens during a test. */
const withoutScreen = () => {
  for (const name of ["DISPLAY", "WAYLAND_DISPLAY"]) vi.stubEnv(name, "")
}

/** The events that the page at an address gets. */
function openEvents(address: string): Promise<Response> {
  const url = new URL(address)
  url.pathname = "/events"
  return fetch(url)
}

test.runIf(process.platform === "linux")(
  "--open shows a run while it trains, and ends with it",
  async () => {
    withoutScreen()
    const streams = { stdout: new PassThrough(), stderr: new PassThrough() }
    const said = heard(streams.stderr)
    let events: Promise<string> | undefined
    streams.stderr.on("data", () => {
      const [address] = /http:\/\/\S+/.exec(said()) ?? []
      if (address) events ??= openEvents(address).then((events) => events.text())
    })
    const argv = ["--config", at("tiny.json"), "--data", at("clips"), "--out", at("open")]
    expect(await runProgram(commands, ["pretrain", ...argv, "--open"], streams)).toBe(0)
    expect(said()).toContain("no browser")
    const text = await events!
    const steps = [...text.matchAll(/"step":(\d+)/g)].map(([, step]) => Number(step))
    expect(steps).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    expect(text).toMatch(/event: ended\ndata: "the run has ended; .*tubelet watch /)
    const [address] = /http:\/\/\S+/.exec(said())!
    await expect(fetch(address)).rejects.toThrow()
    expect(JSON.parse(await readFile(at("open", "config.json"), "utf8")).open).toBeUndefined()
  },
)

test("watch stays until Ctrl-C, and changes nothing", async () => {
  withoutScreen()
  await makeRun(at("runs", "one"), 3)
  const before = await readdir(at("runs"), { recursive: true })
  const streams = { stdout: new PassThrough(), stderr: new PassThrough() }
  const said = heard(streams.stdout)
  const code = runProgram(commands, ["watch", at("runs"), "--json"], streams)
  await expect.poll(said).toMatch(/\n/)
  const { address } = JSON.parse(said())
  const events = await openEvents(address)
  process.emit("SIGINT")
  expect(await code).toBe(0)
  expect(await events.text()).toMatch(/"step":3(.|\n)*event: ended/)
  await expect(fetch(address)).rejects.toThrow()
  expect(await readdir(at("runs"), { recursive: true })).toEqual(before)
})

test("watch of a folder that is not there says so", async () => {
  const { code, stderr } = await tubelet("watch", at("nowhere"))
  expect(code).toBe(1)
  expect(stderr).toContain("is not a folder")
})

test.runIf(process.platform === "linux")("the browser of the system gets the address", async () => {
  const programs = await mkdtemp(join(tmpdir(), "tubelet-browser-"))
  vi.stubEnv("DISPLAY", ":7")
  vi.stubEnv("PATH", programs)
  expect(await openBrowser("http://127.0.0.1:1/?token=x")).toBe(false)
  vi.stubEnv("PATH", [programs, "/bin", "/usr/bin"].join(delimiter))
  await mkdir(programs, { recursive: true })
  await writeFile(join(programs, "xdg-open"), `#!/bin/sh\necho "$1" > ${programs}/opened\n`)
  await chmod(join(programs, "xdg-open"), 0o755)
  expect(await openBrowser("http://127.0.0.1:1/?token=x")).toBe(true)
  const opened = () => readFile(join(programs, "opened"), "utf8").catch(() => "")
  await expect.poll(opened).toBe("http://127.0.0.1:1/?token=x\n")
  await rm(programs, { recursive: true, force: true })
})
