import type { ClipItem } from "@tubelet/video"
import { expect, it } from "vitest"
import { requireDisjoint } from "../src/labelled/disjoint.js"

const clips = (folder: string, count: number): ClipItem[] =>
  Array.from({ length: count }, (_, i) => ({ path: `/${folder}/${i}`, frames: { count: 8 } }))

it("compares the paths of however many clips, and says that it compares nothing else", async () => {
  const notices: string[] = []
  const check = (scored: readonly ClipItem[]) =>
    requireDisjoint("/data", clips("train", 50_000), scored, (notice) => notices.push(notice))
  await check(clips("val", 10))
  expect(notices).toEqual([expect.stringMatching(/with 50010 clips, only paths are compared/)])
  await expect(check(clips("train", 10))).rejects.toThrow(
    /10 of the validation clips are also training clips, such as \/train\/0 and \/train\/0\n/,
  )
})
