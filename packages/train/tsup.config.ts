import { library } from "../../tsup.base.js"

export default library([
  "src/index.ts",
  // In chunks of their own: a page loads what else uses them only when it does.
  "src/data/clip-names.ts",
  "src/run/state.ts",
  "src/step/step.ts",
  "src/files/run-folder.ts",
  "src/files/no-folders.ts",
])
