import { decodeText, parseJson } from "@tubelet/core/text"
import { expect, test } from "vitest"

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"))

test.each([
  ["plain", "61 c3 a9", "aé"],
  ["with a mark", "ef bb bf 61", "a"],
  ["with zeros inside", "61 61 00 61", "aa\0a"],
  ["empty", "", ""],
  ["a mark alone", "ef bb bf", ""],
])("UTF-8 %s is read", (_, hex, text) => {
  expect(decodeText(bytes(hex), "it")).toBe(text)
})

test.each([
  ["UTF-16", "ff fe 61 00"],
  ["UTF-16", "fe ff 00 61"],
  ["UTF-16", "7b 00 22 00"],
  ["UTF-16", "00 7b 00 22"],
  ["UTF-16", "ff fe e9 65"],
  ["UTF-32", "ff fe 00 00 61 00 00 00"],
  ["UTF-32", "00 00 fe ff 00 00 00 61"],
  ["UTF-32", "61 00 00 00"],
  ["not text in UTF-8", "61 e9 62"],
])("%s is named: %s", (name, hex) => {
  const reads = [decodeText, parseJson]
  for (const read of reads)
    expect(() => read(bytes(hex), "it")).toThrow(new RegExp(`it is .*${name}`))
})

test("JSON is read behind a mark, and named where it is none", () => {
  expect(parseJson(bytes(`efbbbf${Buffer.from('{"a":1}').toString("hex")}`), "it")).toEqual({
    a: 1,
  })
  expect(() => parseJson(bytes("7b"), "it")).toThrow(/^it is not JSON: .+\ncorrect it$/)
})
