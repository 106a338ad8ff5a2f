import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { referenceBackend } from "@tubelet/core/testing"
import { expect, test } from "vitest"
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

test.each(sets)("reference backend: every tensor of %s", async (set) => {
  const checks = await verifySet(referenceBackend(), `${fixtures}/${set}`)
  expect(checks.length).toBeGreaterThan(2)
  expect(checks.filter((c) => !c.pass)).toEqual([])
})
