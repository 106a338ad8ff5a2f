type Lib = typeof import("node-av/lib")
type Constants = typeof import("node-av/constants")

/** FFmpeg in this process: the low-level API of the optional peer `node-av`. */
export interface NodeAv {
  readonly lib: Lib
  readonly constants: Constants
}

let loaded: Promise<NodeAv | undefined> | undefined
let failure = ""

/** The optional peer; undefined if it is not installed or does not load. */
export function loadNodeAv(): Promise<NodeAv | undefined> {
  loaded ??= load()
  return loaded
}

/** Why `node-av` did not load, in one line. */
export const nodeAvFailure = () => failure

async function load(): Promise<NodeAv | undefined> {
  try {
    const [lib, constants] = await Promise.all([import("node-av/lib"), import("node-av/constants")])
    // FFmpeg logs straight to stderr; what matters is returned as error codes.
    lib.Log.setLevel(constants.AV_LOG_QUIET)
    return { lib, constants }
  } catch (error) {
    failure = (error as Error).message.split("\n")[0]
    return undefined
  }
}
