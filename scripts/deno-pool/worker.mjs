// The worker, in Deno.
import process from "node:process"
import { init, runBaseTests, setupEnvironment } from "vitest/worker"
import { read, write } from "./messages.mjs"

const { send, on, off } = process

init({
  // Tests may replace members of `process`.
  post: (message) => send.call(process, message),
  on: (listener) => on.call(process, "message", listener),
  off: (listener) => off.call(process, "message", listener),
  serialize: write,
  deserialize: read,
  runTests: (state, traces) => runBaseTests("run", state, traces),
  collectTests: (state, traces) => runBaseTests("collect", state, traces),
  setup: setupEnvironment,
})
