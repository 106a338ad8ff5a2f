import { library } from "../../tsup.base.js"

export default library(["src/index.ts", "src/files/run-folder.ts", "src/files/no-folders.ts"])
