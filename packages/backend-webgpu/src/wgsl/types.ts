import type { DType } from "@tubelet/core"
import { registerOf, type Scalar, type Width } from "@tubelet/core/codegen"

export const vectorOf = (scalar: Scalar, width: Width): string =>
  width === 1 ? scalar : `vec4<${scalar}>`

/** The register type of a dtype. */
export const typeOf = (dtype: DType, width: Width): string => vectorOf(registerOf(dtype), width)
