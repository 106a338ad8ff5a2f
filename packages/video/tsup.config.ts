import { library } from "../../tsup.base.js"

const entries = ["src/index.ts", "src/browser.ts", "src/worker.ts", "src/clip-worker.ts"]

export default library(entries)
