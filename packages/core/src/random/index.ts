export { philox } from "./philox.js"
export { type Random, random, repeatRandom } from "./random.js"
export { type Place, type PlacedBatch, Sampler } from "./sampler.js"
