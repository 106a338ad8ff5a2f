import { fileSystem, makeFolder, paths, writeText } from "@tubelet/core/files"

/**
 * A repository's folder in the cache, with huggingface_hub's layout: content in `blobs/`, links to
 * it in `snapshots/COMMIT/`, and the commit of each revision in `refs/`.
 */
export interface RepositoryCache {
  /** The commit that a revision last resolved to. */
  commit(revision: string): Promise<string | undefined>
  remember(revision: string, commit: string): Promise<void>
  /** The path of a commit's file, whether or not it exists. */
  snapshot(commit: string, file?: string): string
  blob(etag: string): string
  /** Links a blob under its file name. */
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
      // A complete shared cache may be read-only.
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
        // On Windows, few users may create links; there the snapshot is a copy.
        if (code === "EPERM" || code === "ENOSYS") await fs.copyFile(blob(etag), path)
        else if (code !== "EEXIST") throw error
      }
      return path
    },
  }
}
