import { expect, it } from "vitest"
import { readClassNames } from "../src/index.js"
import { layout } from "./layouts.js"

const read = (name: string, text: string) => readClassNames(`${layout({ [name]: text })}/${name}`)

it.each([
  ["map.txt", "\ufeffrun fast\r\njump, high\r\n"],
  ["classInd.txt", "1 run fast\n2 jump, high\n"],
  ["labels.csv", 'id,name\n1,"jump, high"\n0,run fast\n'],
  ["config.json", '{ "model": "x", "id2label": { "1": "jump, high", "0": "run fast" } }'],
  ["label2id.json", '{ "run fast": 0, "jump, high": "1" }'],
  ["names.json", '["run fast", "jump, high"]'],
])("class names from %s", async (name, text) => {
  expect(await read(name, text)).toEqual(["run fast", "jump, high"])
})

it("refuses names that are doubled, or that leave out a number", async () => {
  await expect(read("map.txt", "run\njump\nrun\n")).rejects.toThrow(/map.txt: names run twice\n/)
  for (const [name, text] of [
    ["a.json", '{ "0": "run", "2": "jump" }'],
    ["b.csv", "id,name\n0,run\n2,jump\n"],
    ["c.txt", ""],
    ["d.json", "3"],
  ]) {
    await expect(read(name, text)).rejects.toThrow(/has no list of class names\nexpected/)
  }
})
