import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { PassThrough } from "node:stream"
import { stripVTControlCharacters } from "node:util"
import { afterEach, describe, expect, test, vi } from "vitest"
import { patience } from "../../../scripts/patience.mjs"
import { startHub } from "../../checkpoint/test/hub-server.js"
import { weightsFile } from "../src/setup/checkpoint.js"
import { outputTo } from "../src/shell/output.js"
import { countLine } from "../src/shell/progress/count-line.js"

/** An output whose words are kept: a terminal's, or a file's. */
function recorded(isTTY: boolean) {
  const stderr = Object.assign(new PassThrough(), { isTTY, columns: 80 })
  const pieces: string[] = []
  stderr.on("data", (piece) => pieces.push(String(piece)))
  const output = outputTo({ stdout: new PassThrough(), stderr }, false)
  const raw = () => pieces.join("")
  return { output, raw, text: () => stripVTControlCharacters(raw()) }
}

const hidden = "\x1b[?25l"
const visible = "\x1b[?25h"

afterEach(() => vi.unstubAllEnvs())

describe("a download from the hub", () => {
  const weights = new Uint8Array(2_500_000)
  const files = { "config.json": new Uint8Array(1200), "model.safetensors": weights }

  async function download(isTTY: boolean, corrupt = false) {
    const home = await mkdtemp(join(tmpdir(), "tubelet-progress-"))
    const hub = await startHub(files)
    hub.behaviour.corrupt = corrupt
    vi.stubEnv("HF_HOME", home)
    vi.stubEnv("HF_ENDPOINT", hub.endpoint)
    const words = recorded(isTTY)
    try {
      await weightsFile("hf:owner/name", words.output).catch(() => {})
    } finally {
      await hub.close()
      await rm(home, { recursive: true })
    }
    return words
  }

  test("is a bar for each file on a terminal, with rate and time left", async () => {
    const { text, raw } = await download(true)
    expect(text()).toMatch(/={20} config.json 0.0012 of 0.0012 MB \| .* MB\/s \| ETA 0 s\s/)
    expect(text()).toMatch(/={20} model.safetensors 2.5 of 2.5 MB \| [\d.]+ MB\/s \| ETA 0 s\s/)
    expect(raw().lastIndexOf(visible)).toBeGreaterThan(raw().lastIndexOf(hidden))
  })

  test("that fails leaves the cursor visible", async () => {
    const { text, raw } = await download(true, true)
    expect(text()).toMatch(/model.safetensors/)
    expect(raw().lastIndexOf(visible)).toBeGreaterThan(raw().lastIndexOf(hidden))
  })

  test("is plain lines elsewhere: the first and the last of each file", async () => {
    const lines = (await download(false)).text().trim().split("\n")
    expect(lines[0]).toBe("config.json 0 of 0.0012 MB | - | ETA -")
    expect(lines).toHaveLength(4)
    expect(lines[3]).toMatch(/^model.safetensors 2.5 of 2.5 MB \| [\d.]+ MB\/s \| ETA 0 s$/)
  })
})

describe("a count", () => {
  test("tells rate and time left of what was not there at the start", () => {
    vi.useFakeTimers({ toFake: ["performance"] })
    const { output, text } = recorded(false)
    const line = countLine(output, "clips/s")
    for (let done = 100; done <= 120; done++) {
      line.update(done, 120)
      vi.advanceTimersByTime(1000)
    }
    vi.useRealTimers()
    expect(text().trim().split("\n")).toEqual([
      "100/120 | - | ETA -",
      "105/120 | 1.00 clips/s | ETA 15 s",
      "110/120 | 1.00 clips/s | ETA 10 s",
      "115/120 | 1.00 clips/s | ETA 5.0 s",
      "120/120 | 1.00 clips/s | ETA 0 s",
    ])
  })

  test("has its bar again after a note", async () => {
    const { output, text, raw } = recorded(true)
    const line = countLine(output, "clips/s")
    line.update(1, 4)
    line.note("left out: bad.mp4")
    await vi.waitFor(() => expect(text()).toMatch(/left out: bad.mp4\n[^\n]*1\/4/), patience)
    line.end()
    expect(raw().endsWith("\n")).toBe(true)
  })

  test("that shows nothing ends without a trace", () => {
    const { output, raw } = recorded(true)
    countLine(output, "clips/s").end()
    expect(raw()).toBe("")
  })
})
