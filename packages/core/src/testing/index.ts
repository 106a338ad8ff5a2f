export { interpret } from "./interpreter.js"
export { referenceBackend } from "./reference.js"
