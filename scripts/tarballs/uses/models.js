import { presetConfig, pretrainModel } from "@tubelet/models"

export default async () => {
  const { specs } = pretrainModel(presetConfig("videomaev2-s"))
  const sizes = Object.values(specs).map(({ shape }) => shape.reduce((a, b) => a * b, 1))
  return { found: sizes.reduce((a, b) => a + b), expected: 24_029_376 }
}
