/** Names that systems and programs leave in folders, in lower case. */
const leftovers = new Set([
  ...["thumbs.db", "ehthumbs.db", "desktop.ini", "$recycle.bin", "recycler"],
  ...["system volume information", "__macosx", "icon\r", "lost+found"],
  ...["@eadir", "@recycle", "@recently-snapshot", "#recycle", "#snapshot"],
])

/** Partial downloads, and lock and backup files of editors. */
const unfinished = /^~\$|~$|\.(part|partial|crdownload|download|filepart)$|\.te?mp(\.[^.]+)?$/

/** Whether a file name may be data: hidden, temporary and system files are not. */
export function isData(name: string): boolean {
  const lower = name.toLowerCase()
  return !lower.startsWith(".") && !leftovers.has(lower) && !unfinished.test(lower)
}
