import { expect, test } from "vitest"
import * as page from "../src/browser.js"
import * as node from "../src/index.js"

test("pages get the same functions, or an error where they need Node", () => {
  expect(Object.keys(page).sort()).toEqual(Object.keys(node).sort())
  expect(page.drawMask).toBe(node.drawMask)
  expect(page.open).toThrow(/open works on files or processes, which needs Node.*openBlob/s)
})
