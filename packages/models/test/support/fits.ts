import { presetConfig, pretrainModel } from "@tubelet/models"
import { fitWeights } from "@tubelet/models/fit"

const { specs } = pretrainModel(presetConfig("videomae-b")) // stands in for a checkpoint's header
const shapes = Object.fromEntries(Object.entries(specs).map(([name, { shape }]) => [name, shape]))
const { kind, presets, missing } = fitWeights(shapes)!
console.log(kind, presets, missing) // pretrain [ 'videomae-b', 'videomaev2-b' ] []
