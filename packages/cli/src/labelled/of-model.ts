import type { OfModel } from "@tubelet/train"

/** A recipe's options without those that its model was built with. */
export function withoutModel<O extends { readonly [K in OfModel]?: unknown }>({
  dropPath: _,
  headDropout: __,
  weightInit: ___,
  initScale: ____,
  ...options
}: O): Omit<O, OfModel> {
  return options
}
