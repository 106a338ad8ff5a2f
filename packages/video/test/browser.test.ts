import { expect, test } from "vitest"
import * as page from "../src/browser.js"
import * as node from "../src/index.js"

test("pages get the same functions, or an error where they need Node", () => {
  for (const name of Object.keys(page)) expect(node).toHaveProperty(name)
  expect(page.drawMask).toBe(node.drawMask)
  expect(page.open).toThrow(/open reads or writes files, which needs Node.*WebCodecs/s)
})
