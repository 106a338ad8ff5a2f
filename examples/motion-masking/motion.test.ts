import { clipOf, drawMask, keptCount } from "@tubelet/masking"
import { expect, test } from "vitest"
import motion from "./motion.js"

const grid = { frames: 2, height: 4, width: 4 }

/** Grey frames of 32 x 32 in which one 8 x 8 patch flickers. */
function flickering(row: number, column: number) {
  const bytes = new Uint8Array(4 * 32 * 32 * 3).fill(128)
  for (let t = 0; t < 4; t++) {
    for (let y = 0; y < 8; y++) {
      const start = ((t * 32 + row * 8 + y) * 32 + column * 8) * 3
      bytes.fill(t % 2 ? 255 : 0, start, start + 24)
    }
  }
  return clipOf(bytes, { frames: 4, height: 32, width: 32 })
}

test("the patch that moves is hidden in every frame, whatever the seed", () => {
  const keep = keptCount(motion, { grid, ratio: 0.5 })
  for (let seed = 0; seed < 20; seed++) {
    const clip = flickering(2, 1)
    const kept = drawMask(motion, { grid, keep, seed, epoch: 0, index: 0, clip })
    expect(kept).toHaveLength(16)
    expect([...kept].some((token) => token % 16 === 2 * 4 + 1)).toBe(false)
    expect([...kept]).toEqual([...kept].sort((a, b) => a - b))
  }
})

test("where nothing moves, the seed decides", () => {
  const clip = clipOf(new Uint8Array(4 * 32 * 32 * 3), { frames: 4, height: 32, width: 32 })
  const draw = (seed: number) =>
    drawMask(motion, { grid, keep: 8, seed, epoch: 0, index: 0, clip }).join()
  expect(new Set([1, 2, 3, 4].map(draw)).size).toBeGreaterThan(1)
})
