#!/usr/bin/env node
import { run } from "./index.js"

// Leaving by process.exit: a decoder that hangs must not keep a finished command alive.
process.exit(await run(process.argv.slice(2)))
