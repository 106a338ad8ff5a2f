// If the npm registry is unreachable, the cache of earlier runs is used.
import { probe } from "../programs.mjs"

const answer = await probe("npm", ["view", "onnxruntime-common", "version", "--fetch-retries=1"])

/** How npm and pnpm look for packages. */
export const reach = answer.well ? "--prefer-offline" : "--offline"

/** Their messages if a package is neither cached nor reachable. */
export const outOfReach =
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED|NO_OFFLINE/
