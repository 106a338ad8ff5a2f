export * from "./assembler.js"
