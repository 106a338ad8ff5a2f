import { library } from "../../tsup.base.js"

export default library([
  "src/index.ts",
  // Separate chunks: pages that pre-train load the classifier only to score features.
  "src/presets.ts",
  "src/model.ts",
  "src/classifier.ts",
  "src/fit/index.ts",
  "src/flops/index.ts",
  "src/onnx/index.ts",
])
