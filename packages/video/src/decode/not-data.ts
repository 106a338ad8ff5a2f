/** What systems and programs leave in folders, in lower case. */
const leftovers = new Set([
  ...["thumbs.db", "ehthumbs.db", "desktop.ini", "$recycle.bin", "recycler"],
  ...["system volume information", "__macosx", "icon\r", "lost+found"],
  ...["@eadir", "@recycle", "@recently-snapshot", "#recycle", "#snapshot"],
])

/** A file that some program is still writing, or keeps while another is open. */
const unfinished = /^~\$|~$|\.(part|partial|crdownload|download|filepart)$|\.te?mp(\.[^.]+)?$/

/** Whether a name in a folder is one that people give: hidden and machine-made ones are no data. */
export function isData(name: string): boolean {
  const lower = name.toLowerCase()
  return !lower.startsWith(".") && !leftovers.has(lower) && !unfinished.test(lower)
}
