import { existsSync } from "node:fs"
import { join, resolve } from "node:path"
import { isHubReference } from "@tubelet/checkpoint"
import { TubeletError } from "@tubelet/core"
import { type Alternatives, withCurrentNames } from "@tubelet/train"
import { readConfigFile, readFields } from "../shell/config-file.js"
import { described, UsageError } from "../shell/errors.js"
import type { Flags, FlagValues } from "../shell/flag.js"
import { layered } from "../shell/layers.js"

/** The config of the run in a folder, if there is one. */
export async function storedValues<F extends Flags>(out: string, flags: F): Promise<FlagValues<F>> {
  const file = join(out, "config.json")
  if (!existsSync(file)) return {}
  return readFields(withCurrentNames(await readConfigFile(file)), flags, file) as FlagValues<F>
}

interface Sources<V> {
  /** The config of the resumed run. */
  readonly stored: V
  readonly recipe: { readonly name: string; readonly values: object } | undefined
  /** The command line and its config file. */
  readonly given: V
}

/** The command line, over the recipe it names, over the config of the resumed run. */
export function settingsOf<V extends object>(
  { stored, recipe, given }: Sources<V>,
  alternatives: readonly Alternatives[],
): V {
  const layers = [
    { where: "in the run's config", values: stored },
    ...(recipe ? [{ where: `in the recipe ${recipe.name}`, values: recipe.values }] : []),
    { where: "on the command line", values: given },
  ]
  return layered<V>(layers, alternatives)
}

/** What `find` returns; an error about a name that was typed is one of usage. */
export function asUsage<T>(find: () => T): T {
  try {
    return find()
  } catch (error) {
    const { message, advice } = described(error)
    throw new UsageError(message, advice, { cause: error })
  }
}

interface DataChoice {
  readonly data?: string
}

/** Throws if the clips of a resumed run were moved. */
export function requireClips({ data }: DataChoice, given: DataChoice): void {
  if (data === undefined || given.data !== undefined || existsSync(data)) return
  throw new TubeletError(
    `the run's clips were in ${data}, which no longer exists`,
    "put them back, or set their new path: --data PATH",
  )
}

/** The error on a run without clips. */
export function noData({ resume }: { readonly resume?: boolean }, out: string): UsageError {
  if (resume && !existsSync(join(out, "config.json"))) {
    return new UsageError(
      `there is no run to resume in ${out}`,
      "set --out to the run's folder, or set --data",
    )
  }
  return new UsageError("--data is missing", "pass a folder, a file or a list: --data clips")
}

/** The values under these names that are set. */
export const kept = <V extends object, K extends keyof V>(values: V, names: readonly K[]) =>
  Object.fromEntries(
    names.flatMap((name) => (values[name] === undefined ? [] : [[name, values[name]]])),
  ) as Pick<V, K>

/** A checkpoint as a run's config names it: a model of the hub, or an absolute path. */
export const storedInit = (init: string): string => (isHubReference(init) ? init : resolve(init))
