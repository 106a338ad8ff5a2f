import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { cpuBackend } from "@tubelet/backend-cpu"
import { referenceBackend } from "@tubelet/core/testing"
import { describe, expect, test } from "vitest"
import { verifySet } from "../src/verify/index.js"

const fixtures =
  process.env.TUBELET_FIXTURES ??
  fileURLToPath(new URL("../../../../shared/fixtures", import.meta.url))

const sets = [
  "mae-pretrain-tiny",
  "mae-trajectory-tiny",
  "videomae-pretrain-tiny",
  "videomae-trajectory-tiny",
  "videomaev2-pretrain-tiny",
  "hf-videomae-pretrain-tiny",
].filter((set) => existsSync(`${fixtures}/${set}`))

const backends = { cpu: cpuBackend, reference: async () => referenceBackend() }

describe.each(Object.entries(backends))("%s", (_, open) => {
  test.each(sets)("every tensor of %s", async (set) => {
    const checks = await verifySet(await open(), `${fixtures}/${set}`)
    expect(checks.length).toBeGreaterThan(2)
    expect(checks.filter((c) => !c.pass)).toEqual([])
  })
})
