import { test } from "vitest"
import { webgpuBackend } from "../../src/index.js"
import { runExample } from "../support/readme.js"

test("the README's example runs in Node", () => runExample(webgpuBackend))
