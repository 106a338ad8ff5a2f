export type { Binding, Shader } from "./shader.js"
