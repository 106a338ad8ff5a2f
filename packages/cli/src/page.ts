import { readFile } from "node:fs/promises"
import { createRequire } from "node:module"

const require = createRequire(import.meta.url)
/** The folder `page` lies above both `src` and `dist`. */
const own = (name: string) => new URL(`../page/${name}`, import.meta.url)

/** The modules of the page, each after those that it imports. */
const modules = ["element.js", "curve.js", "run.js", "chart.js", "page.js"]

/** The page of `tubelet watch` as one HTML file, whose scripts and styles have this nonce. */
export async function pageHtml(nonce: string): Promise<string> {
  const files = [own("index.html"), require.resolve("uplot/dist/uPlot.min.css"), own("page.css")]
  const scripts = [require.resolve("uplot/dist/uPlot.iife.min.js"), ...modules.map(own)]
  const [html, uplotCss, css, uplotJs, ...texts] = await Promise.all(
    [...files, ...scripts].map((file) => readFile(file, "utf8")),
  )
  const style = `<style nonce="${nonce}">\n${uplotCss}\n${css}</style>`
  const script = [
    `<script nonce="${nonce}">\n${uplotJs}</script>`,
    `<script type="module" nonce="${nonce}">\n${asOne(texts)}</script>`,
  ].join("\n")
  return html.replace("<!-- style -->", () => style).replace("<!-- script -->", () => script)
}

/** Modules that import only each other, as one. */
const asOne = (texts: readonly string[]): string =>
  texts.map((text) => text.replace(/^import .*$|^export /gm, "")).join("\n")
