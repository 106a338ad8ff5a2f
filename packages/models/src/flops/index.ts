export { classifierMacs, finetuneFlops, forwardMacs, stepFlops } from "./flops.js"
