// Set B: Fashion-MNIST, padded to 32 x 32.
import { existsSync } from "node:fs"
import { join } from "node:path"
import { readPictures } from "./idx.mjs"

const folder = process.env.TUBELET_FASHION_MNIST ?? "/usr/share/datasets/fashion-mnist"
const side = 32

const classes = [
  ...["T-shirt", "trouser", "pullover", "dress", "coat"],
  ...["sandal", "shirt", "sneaker", "bag", "ankle boot"],
]

/** Why the set cannot be used, or undefined. */
export const missingFashion = () =>
  existsSync(folder)
    ? undefined
    : "Fashion-MNIST is not in " +
      `${folder}: apt-get install dataset-fashion-mnist, or set TUBELET_FASHION_MNIST`

/** Set B: u8 grey [1, side, side] each. */
export function fashion({ unlabelled, validation, test }) {
  const pictures = (part) =>
    readPictures(
      join(folder, `${part}-images-idx3-ubyte.gz`),
      join(folder, `${part}-labels-idx1-ubyte.gz`),
    )
  const [train, held] = [pictures("train"), pictures("t10k")]
  const part = (from, first, count) =>
    Array.from({ length: count }, (_, i) => ({
      clip: padded(from, first + i),
      label: from.labels[first + i],
    }))
  return {
    ...{ classes, side, frames: 1 },
    train: part(train, 0, unlabelled),
    // The last pictures of the training set.
    validation: part(train, train.count - validation, validation),
    test: part(held, 0, test),
  }
}

function padded({ data, side: n }, index) {
  const clip = new Uint8Array(side * side)
  const edge = (side - n) / 2
  for (let row = 0; row < n; row++) {
    const from = (index * n + row) * n
    clip.set(data.subarray(from, from + n), (row + edge) * side + edge)
  }
  return clip
}
