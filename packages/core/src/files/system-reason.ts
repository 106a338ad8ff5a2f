const fullDisk: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
}

const reasons: Readonly<Record<string, string>> = {
  ...fullDisk,
  EACCES: "no permission",
  EPERM: "no permission",
  EROFS: "the file system is read-only",
  EISDIR: "it is a folder",
  ENOTDIR: "part of the path is a file, not a folder",
  ENAMETOOLONG: "the name is too long",
  ELOOP: "too many levels of symbolic links",
  EFBIG: "the file would exceed a size limit of the disk or this process",
  EIO: "disk I/O error",
  ENOTCONN: "the disk is no longer connected",
  ESTALE: "the disk is no longer connected",
  EMFILE: "this process has too many files open",
  ENFILE: "this machine has too many files open",
  ERR_INVALID_ARG_VALUE: "a path cannot contain a NUL character",
}

/** The meaning of a system error code, such as `the disk is full`; undefined for unusual codes. */
export const systemReason = (code: string): string | undefined => reasons[code]

/** Whether a system error means that the disk cannot take more data. */
export const isDiskFull = (code: string): boolean => code in fullDisk
