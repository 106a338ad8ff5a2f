import { fileSystem, makeFolder, paths, writeText } from "@tubelet/core/files"

/**
 * A repository's folder in the cache, laid out as huggingface_hub does: `blobs/` by content,
 * `snapshots/COMMIT/` of links into it, and `refs/` from branches to commits.
 */
export interface RepositoryCache {
  /** The commit that a revision was when it was last asked for. */
  commit(revision: string): Promise<string | undefined>
  remember(revision: string, commit: string): Promise<void>
  /** Where a file of a commit is, whether there or not. */
  snapshot(commit: string, file?: string): string
  blob(etag: string): string
  /** Shows a blob under its file's name. */
  link(etag: string, commit: string, file: string): Promise<string>
}

const isCommit = (text: string): boolean => /^[0-9a-f]{40}$/.test(text)

export async function repositoryCache(cache: string, repository: string): Promise<RepositoryCache> {
  const fs = await fileSystem()
  const { join, dirname, relative } = await paths()
  const root = join(cache, `models--${repository.replaceAll("/", "--")}`)
  const snapshot = (commit: string, file = "") => join(root, "snapshots", commit, file)
  const blob = (etag: string) => join(root, "blobs", etag)
  const commitOf = async (revision: string) => {
    if (isCommit(revision)) return revision
    const text = await fs.readFile(join(root, "refs", revision), "utf8").catch(() => "")
    return isCommit(text.trim()) ? text.trim() : undefined
  }
  return {
    snapshot,
    blob,
    commit: commitOf,
    async remember(revision, commit) {
      // A shared cache that holds everything may be read-only.
      if ((await commitOf(revision)) === commit) return
      const path = join(root, "refs", revision)
      await makeFolder(dirname(path))
      await writeText(path, commit)
    },
    async link(etag, commit, file) {
      const path = snapshot(commit, file)
      await makeFolder(dirname(path))
      try {
        await fs.symlink(relative(dirname(path), blob(etag)), path)
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException
        // Windows allows links to few; there the snapshot is a copy.
        if (code === "EPERM" || code === "ENOSYS") await fs.copyFile(blob(etag), path)
        else if (code !== "EEXIST") throw error
      }
      return path
    },
  }
}
