export { firstNonFinite, type NonFinite } from "./non-finite.js"
