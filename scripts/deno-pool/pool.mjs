// Runs the tests of a vitest project in Deno.
import { fork } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import { read, write } from "./messages.mjs"

const worker = fileURLToPath(new URL("worker.mjs", import.meta.url))

/**
 * A pool of Deno processes.
 *
 * @param {string} execPath
 * @returns {import("vitest/node").PoolRunnerInitializer}
 */
export const denoPool = (execPath) => ({
  name: "deno",
  createPoolWorker({ project, env }) {
    const { outputStream, errorStream } = project.vitest.logger
    let child
    return {
      name: "deno",
      cacheFs: true,
      async start() {
        const stdio = ["ignore", "pipe", "pipe", "ipc"]
        child = fork(worker, [], { execPath, execArgv: ["run", "--allow-all"], env, stdio })
        child.stdout.pipe(outputStream, { end: false })
        child.stderr.pipe(errorStream, { end: false })
      },
      on: (event, listener) => child.on(event, listener),
      off: (event, listener) => child.off(event, listener),
      send: (message) => child.send(write(message)),
      deserialize: read,
      async stop() {
        if (child.exitCode !== null || child.signalCode !== null) return
        const exit = once(child, "exit")
        child.kill("SIGKILL")
        await exit
      },
    }
  },
})
