/** What the system refused, in words; `code` is the system's own, `unknown` where it gave none. */
export function systemReason(error: unknown): { code: string; reason: string } {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
  return { code, reason: REASONS[code] ?? `the system answered ${code}` }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'access is denied',
  EPERM: 'access is denied',
  ERR_ACCESS_DENIED: 'access is denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EISDIR: 'it is a folder',
  EEXIST: 'a file stands where a folder has to be',
  ENOTDIR: 'a part of its path is not a folder',
  ELOOP: 'its symbolic links go round in a circle',
  ENXIO: 'nothing reads from it',
  ENAMETOOLONG: 'its name is too long',
}
