import { library } from "../../tsup.base.js"

export default library([
  "src/index.ts",
  "src/random/index.ts",
  "src/testing/index.ts",
  "src/schedule/index.ts",
  "src/codegen/index.ts",
  "src/measure/index.ts",
  "src/loops/index.ts",
  "src/wasm/index.ts",
  "src/debug/index.ts",
  "src/checksum/index.ts",
  "src/text/index.ts",
  "src/protobuf/index.ts",
  "src/files/index.ts",
])
