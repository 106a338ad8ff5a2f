#!/usr/bin/env node
import("../dist/main.js").catch((error) => {
  if (error?.code !== "ERR_MODULE_NOT_FOUND") throw error
  process.stderr.write(`tubelet is not built: ${error.message}\nrun npm run build first\n`)
  process.exitCode = 1
})
