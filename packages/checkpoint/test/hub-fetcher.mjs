// A process that fetches a model of the hub, and says where it is.
import { load } from "./source.mjs"

const { hubWeights } = await load("index.ts")

process.on("message", async ({ reference, env }) => {
  process.send(await hubWeights(reference, { env }).catch((error) => error.message))
})
process.send("ready")
