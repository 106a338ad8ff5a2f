export { philox } from "./philox.js"
export { type Random, random, viewRandom } from "./random.js"
export { type Place, type PlacedBatch, Sampler } from "./sampler.js"
