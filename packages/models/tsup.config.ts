import { library } from "../../tsup.base.js"

export default library([
  "src/index.ts",
  "src/fit/index.ts",
  "src/flops/index.ts",
  "src/onnx/index.ts",
])
