const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EDQUOT: 'the disk quota is used up',
  EEXIST: 'a file of that name is there',
  EISDIR: 'it is a folder',
  ELOOP: 'its symlinks go in a circle',
  EMFILE: 'too many files are open',
  ENAMETOOLONG: 'the name is too long',
  ENOENT: 'there is no such file or folder',
  ENOSPC: 'no space is left on the device',
  ENXIO: 'nobody is at its other end',
  ENOTDIR: 'a file stands where a folder should',
  EPERM: 'the system does not permit it',
  EROFS: 'the file system is read-only',
}

/** Whether an error is the operating system's answer to a call, such as `open` or `write`. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string'
}

/** Why a file operation failed, in words with the system's code; an error of another kind in its own words. */
export function whyFailed(error: unknown): string {
  if (!isSystemError(error)) return error instanceof Error ? error.message : String(error)
  const code = error.code ?? 'unknown error'
  const reason = reasons[code]
  return reason === undefined ? code : `${reason} (${code})`
}
