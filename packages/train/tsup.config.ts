import { library } from "../../tsup.base.js"

export default library([
  "src/index.ts",
  // Separate chunks: a page loads the code that shares these only if it uses it.
  "src/data/clip-names.ts",
  "src/run/state.ts",
  "src/step/step.ts",
  "src/files/run-folder.ts",
  "src/files/no-folders.ts",
])
