// The few labelled clips of an arm, and the stream of shifted copies that fine-tuning sees.
import { random, Sampler } from "@tubelet/core/random"
import { normalised } from "./colour.mjs"

/** Draws `each` clips of every class; a seed's draw of 10 contains its draw of 3. */
export function labelledClips({ train, classes }, each, seed) {
  const order = random("labels", seed).permutation(train.length)
  const counts = classes.map(() => 0)
  const drawn = []
  for (const index of order) {
    const { label } = train[index]
    if (counts[label] < each) {
      counts[label]++
      drawn.push(train[index])
    }
  }
  return drawn
}

/** A clip [frames, side, side] moved by whole pixels; what leaves comes in at the opposite edge. */
export function shifted(clip, side, dx, dy) {
  const from = (i, by) => (i - by + side) % side
  return clip.map((_, at) => {
    const [row, column] = [Math.floor(at / side) % side, at % side]
    const frame = at - row * side - column
    return clip[frame + from(row, dy) * side + from(column, dx)]
  })
}

/**
 * An endless stream of normalised labelled clips, each randomly shifted by up to `reach` pixels.
 * An epoch has `copies` of each, so that no batch has to be padded.
 */
export function shiftedClips(clips, { side, reach, seed, batch }) {
  const copies = batch / greatestCommonDivisor(batch, clips.length)
  const length = clips.length * copies
  /** Which clip a sample is, and its shift. */
  const drawOf = ({ epoch, index }) => {
    const source = random("shift", seed, epoch, index)
    const draw = () => source.integer(2 * reach + 1) - reach
    return { clip: index % clips.length, dx: draw(), dy: draw() }
  }
  return {
    ...{ length, drawOf },
    /** The first `count` samples. */
    places: (count) => {
      const order = new Sampler(length, seed)
      return Array.from({ length: count }, (_, position) => order.at(position))
    },
    async *batches({ batch, start }) {
      const order = new Sampler(length, seed)
      for (let position = start; ; ) {
        const { places, next } = order.batch(position, batch)
        const draws = places.map(drawOf)
        const pixels = draws.map(({ clip, dx, dy }) =>
          normalised(shifted(clips[clip].clip, side, dx, dy)),
        )
        yield {
          clips: joined(pixels),
          samples: places,
          labels: Int32Array.from(draws, ({ clip }) => clips[clip].label),
          next,
        }
        position = next
      }
    },
  }
}

function joined(arrays) {
  const all = new Float32Array(arrays.length * arrays[0].length)
  for (const [i, array] of arrays.entries()) all.set(array, i * array.length)
  return all
}

const greatestCommonDivisor = (a, b) => (b === 0 ? a : greatestCommonDivisor(b, a % b))
