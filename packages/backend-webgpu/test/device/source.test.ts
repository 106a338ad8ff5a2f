import { beforeAll, expect, test } from "vitest"
import { sourceOver } from "../../src/wgsl/memory.js"
import { inOnePart, openDevice, run } from "../support/gpu.js"
import { tensor } from "../support/kernels.js"

let device: GPUDevice
beforeAll(async () => {
  device = await openDevice()
})

test("workgroups that exceed one axis of a dispatch use the next", async () => {
  const groups = 70_001
  const out = tensor("i32", groups)
  const source = sourceOver(inOnePart(() => "read_write"))
  const store = source.memory.put(out, "group", "i32(group)")
  const body = `if (group < ${groups}u) { ${store} }`
  const shader = source.shader("numbers", body, { groups, size: 1 })
  expect(Math.max(...shader.workgroups)).toBeLessThanOrEqual(65535)
  const found = (await run(device, shader, new Map())).get(out)!
  expect(found.findIndex((x, i) => x !== i)).toBe(-1)
})
