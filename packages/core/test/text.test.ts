import { execFileSync } from "node:child_process"
import { decodeText, parseJson, shellWord } from "@tubelet/core/text"
import { describe, expect, test } from "vitest"

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

test("JSON is read with or without a mark, and invalid JSON is reported", () => {
  expect(parseJson(bytes(`efbbbf${Buffer.from('{"a":1}').toString("hex")}`), "it")).toEqual({
    a: 1,
  })
  expect(() => parseJson(bytes("7b"), "it")).toThrow(/^it is not JSON: .+\ncorrect it$/)
})

describe.skipIf(process.platform === "win32")("a path as one word of a command line", () => {
  test.each([
    ...["runs/first", "it's", 'a "b" c', "$HOME `x` $(x)", "a\\b", "~", "~root", "#1", "a;b&c|d"],
    ...["*?[a]{b,c}", "!1", "café", "日本", "new\nline\tand\x1b'tab\\", "a=b", "@x,%y", "a!b'"],
  ])("%j survives a shell", (path) => {
    const word = shellWord(path)
    expect(word).not.toMatch(/[\n\t]/)
    expect(execFileSync("bash", ["-c", `printf %s ${word}`]).toString()).toBe(path)
  })

  test("is quoted only if necessary, and never looks like a flag or a model on the hub", () => {
    expect(["runs/first-1.mp4", "café/a_b"].map((path) => shellWord(path))).toEqual([
      ...["runs/first-1.mp4", "café/a_b"],
    ])
    expect(["-i.mp4", "hf:x", "- a"].map((path) => shellWord(path))).toEqual([
      ...["./-i.mp4", "./hf:x", "'./- a'"],
    ])
    expect(["C:\\my clips", "C:\\clips", "a%b"].map((path) => shellWord(path, "win32"))).toEqual([
      ...['"C:\\my clips"', "C:\\clips", '"a%b"'],
    ])
  })
})
