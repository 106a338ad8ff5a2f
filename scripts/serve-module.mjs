import { createServer } from "node:http"
import { bundle, sources } from "./bundle.mjs"
import { root } from "./programs.mjs"

/**
 * Serves a page with one module, given as code and built from the packages' sources. Returns its
 * URL and a function that stops the server.
 *
 * @param {string} code
 */
export async function serveModule(code) {
  const chunks = await bundle({ page: code }, { root, alias: sources })
  const server = createServer(({ url }, response) => {
    const chunk = chunks.find(({ fileName }) => url === `/${fileName}`)
    const [type, body] = chunk
      ? ["text/javascript", chunk.code]
      : ["text/html", '<!doctype html><script type="module" src="/page.js"></script>']
    response.setHeader("Content-Type", type).end(body)
  })
  await new Promise((resolve) => server.listen(0, "localhost", resolve))
  const close = () => new Promise((resolve) => server.close(resolve))
  return { address: `http://localhost:${server.address().port}/`, close }
}
