import type { Emitter } from "../writer.js"
import { attentions } from "./attention.js"
import { elementwise } from "./elementwise.js"
import { gelus } from "./gelu.js"
import { indexRows } from "./index-rows.js"
import { matmuls } from "./matmul.js"
import { normalisations } from "./normalise.js"
import { reductions } from "./reduce.js"
import { shape } from "./shape.js"

/** The emitter of each op. Constants and broadcasts, written on first use, are not here. */
export const emitters: Readonly<Record<string, Emitter>> = {
  ...elementwise,
  ...gelus,
  ...shape,
  ...reductions,
  ...matmuls,
  ...normalisations,
  ...indexRows,
  ...attentions,
}
