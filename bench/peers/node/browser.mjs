// What jax-js takes for granted and Node 20 lacks: a navigator, iterator helpers, web workers.
import { resolveObjectURL } from "node:buffer"
import { Worker as NodeWorker } from "node:worker_threads"
import { threads } from "./shared.mjs"

globalThis.navigator ??= { hardwareConcurrency: threads, userAgent: "node" }

const iterator = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()))
const helpers = ["map", "filter", "some", "every", "find", "flatMap", "reduce", "forEach"]
for (const name of helpers) {
  iterator[name] ??= function (...args) {
    return [...this][name](...args)
  }
}
iterator.toArray ??= function () {
  return [...this]
}

const prelude = `
const { parentPort } = require("node:worker_threads")
globalThis.self = globalThis
globalThis.postMessage = (message) => parentPort.postMessage(message)
parentPort.on("message", (data) => self.onmessage({ data }))
`

/** A web worker from a blob's address, on a thread of Node's. */
globalThis.Worker ??= class {
  #worker

  constructor(url) {
    this.#worker = this.#start(resolveObjectURL(String(url)))
  }

  async #start(blob) {
    const worker = new NodeWorker(prelude + (await blob.text()), { eval: true })
    worker.on("message", (data) => this.onmessage?.({ data }))
    worker.on("error", (error) => this.onerror?.(error))
    return worker
  }

  postMessage(message) {
    this.#worker.then((worker) => worker.postMessage(message))
  }

  terminate() {
    this.#worker.then((worker) => worker.terminate())
  }
}
