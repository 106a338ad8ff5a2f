import { mean } from "@tubelet/core"
import { defineTarget, presetConfig, pretrainModel, unitPixels } from "@tubelet/models"

const brightness = defineTarget({
  name: "brightness",
  width: () => 1,
  compute: ({ tokens }) => mean(unitPixels(tokens), -1, { keepDims: true }), // [B, M, 1]
})
const model = pretrainModel(presetConfig("videomae-s"), { target: brightness })
console.log(model.specs["decoder.head.weight"]!.shape) // [1, 192]
