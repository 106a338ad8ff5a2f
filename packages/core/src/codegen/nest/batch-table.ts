import { gridOf } from "../text/source.js"
import type { BatchMember } from "./batch.js"

// A u32 table tells the workgroups of a batch what to do.

/** The first words: the grid's width, and the number of workgroups with work. */
export const headerWords = 4
/** The words of a workgroup: where its member begins in the table, and which part of it to do. */
export const groupWords = 2
/** A member's first words: its outer and inner length. */
export const lengthWords = 2
/** Then for each operand: its buffer and its offset there. */
export const operandWords = 2

/** A member, and the memory of its operands in a run. */
export interface PlacedMember {
  readonly member: BatchMember
  readonly places: readonly (readonly [number, number])[]
}

/** The table of a batch, and the grid it is for. */
export function batchTable(placed: readonly PlacedMember[], gridAxis: number) {
  const groups = placed.reduce((sum, { member }) => sum + member.parts, 0)
  const workgroups = gridOf(groups, gridAxis)
  const entryWords = ({ places }: PlacedMember) => lengthWords + operandWords * places.length
  const firstEntry = headerWords + groupWords * groups
  const words = new Uint32Array(placed.reduce((sum, p) => sum + entryWords(p), firstEntry))
  words.set([workgroups[0], groups])
  let [group, entry] = [headerWords, firstEntry]
  for (const each of placed) {
    const { member, places } = each
    for (let part = 0; part < member.parts; part++, group += groupWords) {
      words.set([entry, part], group)
    }
    words.set([member.outer, member.inner, ...places.flat()], entry)
    entry += entryWords(each)
  }
  return { words, workgroups }
}
