import { expect, test } from "vitest"
import * as page from "../src/browser.js"
import * as node from "../src/index.js"

test("pages get the same functions, or an error if they need Node", () => {
  expect(Object.keys(page).sort()).toEqual(Object.keys(node).sort())
  expect(page.drawMask).toBe(node.drawMask)
  expect(page.open).toThrow(/open needs Node, because it works on files or processes.*openBlob/s)
})

test("in Node, openBlob names the function that reads files", async () => {
  await expect(node.openBlob(new Blob())).rejects.toThrow(/WebCodecs.*pass its path to open/s)
})

test("pixels become opaque", () => {
  const picture = { width: 2, height: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6) }
  expect([...node.rgba(picture)]).toEqual([1, 2, 3, 255, 4, 5, 6, 255])
})
