import { relative, sep } from 'node:path'

/** The cassette of a test: by its file, below `.x07_rr/`, and where one is for one test only, its full name behind it. */
export function cassetteOf(root: string, file: string, testName?: string): string {
  const path = relative(root, file)
    .split(sep)
    .map((part) => part.replaceAll(/[^\w.-]+/g, '-').replace(/^\.+$/, 'up'))
    .join('/')
    .replace(/\.[cm]?[jt]sx?$/, '')
  return testName === undefined ? path : `${path}/${slug(testName)}`
}

/** Longest name of a file that is made from a test's, in characters. */
const maxSlug = 80

function slug(name: string): string {
  const text = name
    .normalize('NFKD')
    .replaceAll(/[^\w]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .toLowerCase()
  return text.slice(0, maxSlug) || 'test'
}
