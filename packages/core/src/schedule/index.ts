export * from "./loop.js"
