import { TubeletError } from "./errors.js"
import { withArticle } from "./with-article.js"

/** Nested records with leaves of one type, such as parameters, batches and results. */
export type Tree<T> = T | { readonly [key: string]: Tree<T> }

type IsLeaf<T> = (value: unknown) => value is T

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype

/** The leaves with their paths, such as `params/encoder.norm.weight`, in key order. */
export function flatten<T>(tree: Tree<T>, isLeaf: IsLeaf<T>, path = ""): [string, T][] {
  if (isLeaf(tree)) return [[path, tree]]
  if (!isRecord(tree)) {
    throw new TubeletError(
      `${path || "the value"} is ${describe(tree)}, which a record of tensors cannot contain`,
      "pass nested plain objects of tensors, typed arrays or handles",
    )
  }
  const below = path === "" ? "" : `${path}/`
  return Object.entries(tree).flatMap(([key, value]) =>
    value === undefined ? [] : flatten(value as Tree<T>, isLeaf, below + key),
  )
}

const describe = (value: unknown): string =>
  value === null
    ? "null"
    : typeof value === "object"
      ? withArticle((value as object).constructor?.name ?? "bare object")
      : withArticle(typeof value)

/** Replaces every leaf and keeps the nesting. */
export function mapTree<T, U>(
  tree: Tree<T>,
  isLeaf: IsLeaf<T>,
  f: (leaf: T, path: string) => U,
  path = "",
): Tree<U> {
  if (isLeaf(tree)) return f(tree, path)
  const below = path === "" ? "" : `${path}/`
  const mapped: Record<string, Tree<U>> = {}
  for (const [key, value] of Object.entries(tree as Record<string, Tree<T>>)) {
    if (value !== undefined) mapped[key] = mapTree(value, isLeaf, f, below + key)
  }
  return mapped
}
