import { defineMasking } from "@tubelet/masking"

/** Masks the positions that move most: what does not move is easy to predict and stays visible. */
export default defineMasking({
  name: "motion",
  keep: ({ grid, ratio }) =>
    grid.frames * (grid.height * grid.width - Math.trunc(ratio * grid.height * grid.width)),
  sample({ grid, keep, random, clip }) {
    const motion = new Float32Array(grid.height * grid.width).map(() => random.uniform())
    const row = clip.width * 3
    for (let i = clip.height * row; i < clip.length; i++) {
      const y = Math.floor(((i / row) % clip.height) * (grid.height / clip.height))
      const x = Math.floor((i % row) * (grid.width / row))
      motion[y * grid.width + x] += Math.abs(clip[i] - clip[i - clip.height * row])
    }
    const still = [...motion.keys()].sort((a, b) => motion[a] - motion[b])
    const places = still.slice(0, keep / grid.frames).sort((a, b) => a - b)
    return Int32Array.from({ length: keep }, (_, i) => {
      const frame = Math.floor(i / places.length)
      return frame * motion.length + places[i % places.length]
    })
  },
})
