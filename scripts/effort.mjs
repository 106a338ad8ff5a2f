/**
 * Picks the size of a test: small in `npm test`, large in `npm run test:full`.
 *
 *     const inputs = effort(100_000, 10_000_000)
 *
 * @template T
 * @param {T} daily
 * @param {T} full
 * @returns {T}
 */
export const effort = (daily, full) => (process.env.TUBELET_FULL === "1" ? full : daily)
