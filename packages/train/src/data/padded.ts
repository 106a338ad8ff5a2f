/** An array of `length` elements that starts with the given ones; zeros follow. */
export function padded<A extends Uint8Array | Float32Array>(array: A, length: number): A {
  if (array.length === length) return array
  const filled = new (array.constructor as new (length: number) => A)(length)
  filled.set(array)
  return filled
}
