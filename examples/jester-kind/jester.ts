import { defineKind } from "@tubelet/video"

const splits = { train: "train", validation: "val" }

/** 20BN-Jester: numbered folders of frames, and lists of lines such as `9223;Swiping Left`. */
export default defineKind({
  name: "jester",
  markers: "jester-v1-labels.csv, jester-v1-train.csv and jester-v1-validation.csv",
  detects: ({ files }) => files.filter((file) => /jester-v1-(labels|train|validation)/.test(file)),

  async read(place) {
    const find = await place.clips()
    const clips = Object.entries(splits).map(async ([file, split]) => {
      const lines = await place.lines(`jester-v1-${file}.csv`)
      return lines.map((line) => {
        const [id, label] = line.split(";")
        return { path: find(id), label, split }
      })
    })
    const classes = await place.lines("jester-v1-labels.csv")
    return { classes, clips: (await Promise.all(clips)).flat() }
  },
})
