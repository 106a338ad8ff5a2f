// The npm registry may be out of reach: then what earlier runs have cached has to do.
import { probe } from "../programs.mjs"

const answer = await probe("npm", ["view", "onnxruntime-common", "version", "--fetch-retries=1"])

/** How npm and pnpm are to look for packages. */
export const reach = answer.well ? "--prefer-offline" : "--offline"

/** What they say where a package is neither cached nor within reach. */
export const outOfReach =
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED|NO_OFFLINE/
