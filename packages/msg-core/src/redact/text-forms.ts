import { sourceOfAll } from './names.ts'

/** A regular expression, to look for any match and for each. */
export interface Pattern {
  readonly any: RegExp
  readonly each: RegExp
}

export function patternOf(source: string, flags = ''): Pattern {
  return { any: new RegExp(source, flags), each: new RegExp(source, `dg${flags}`) }
}

/** A form in which texts have names and values. */
export interface NamedForm {
  /** A text that is in everything of this form. */
  readonly mark: string
  /** Not looked for in what was read as JSON: its structure is known, and its texts are looked into one by one. */
  readonly besideJson: boolean
  /** A group `secret` is the value; a group `scalar` is one of JSON that needs quotes when it is a text. */
  readonly pattern: Pattern
}

// Runs are bounded, so that no text takes quadratic time. Names are looked for from the sign behind them, for few texts have many.
const [nameRun, valueRun, spaces] = ['{0,64}', '{1,4096}', String.raw`[ \t]{0,8}`] as const
/** A quotation mark, with the backslashes of a text that is in JSON, or in JSON of JSON. */
const quote = String.raw`\\{0,15}["']`

/** The forms other than whole JSON in which the values of fields are left out. */
export function namedForms(fields: readonly string[]): NamedForm[] {
  if (fields.length === 0) return []
  const names = `(?:${sourceOfAll(fields, String.raw`[\w.-]${nameRun}`)})`
  const quotedNames = `(?:${sourceOfAll(fields, String.raw`[^"'\\\r\n]${nameRun}`)})`
  // What is cut short ends without a mark.
  const quoted = String.raw`(?<mark>${quote})(?<secret>[^\r\n]${valueRun}?)(?:(?<!\\)\k<mark>|$)`
  const attribute = (of: string, value: string): string => String.raw`\b${of}\s{0,4}=\s{0,4}["']${value}["']`
  const named = attribute('(?:name|key|id)', names)
  const form = (mark: string, besideJson: boolean, source: string): NamedForm => ({
    mark,
    besideJson,
    pattern: patternOf(source, 'i'),
  })
  return [
    // JSON in lines or behind something else, cut short, or with comments; what Python and JavaScript print.
    form(
      ':',
      true,
      String.raw`:(?<=\k<name>${quotedNames}(?<name>${quote})\s{0,8}:)\s{0,8}(?:${quoted}|(?<scalar>-?\d[\w.+-]{0,64}|true\b|false\b))`,
    ),
    form(':', true, String.raw`:(?<=(?<![\w.$"'\\-])${names}\s{0,8}:)\s{0,8}${quoted}`),
    // YAML, properties and headers of HTTP: a line of its own. A scheme in front of a token is worth to be seen.
    form(
      '',
      true,
      String.raw`(?<=^|[\r\n])[ \t]{0,64}(?:- )?["']?${names}["']?(?::[ \t]|${spaces}[:=])${spaces}(?!>|null\b|~|Bearer\s{1,8}[^\s"]{0,64}[0-9])(?<secret>[^\s"'{[|>&][^\r\n]{0,4096})`,
    ),
    // YAML in one line, a text of several, and a list of names with values.
    form(': ', true, String.raw`(?<=[{,]\s{0,8}${names}: {1,8})(?!null\b|~)(?<secret>[^\s"',{}[\]|>&*!]{1,4096})`),
    form(
      '\n',
      true,
      String.raw`(?<=^|[\r\n])[ \t]{0,64}(?:- )?["']?${names}["']?: {0,8}[|>][-+\d]{0,2}[ \t]{0,8}\r?\n[ \t]{1,64}(?<secret>[^\s][^\r\n]{0,4096}(?:\r?\n[ \t]{1,64}[^\r\n]{0,4096}){0,64})`,
    ),
    form(
      'value:',
      true,
      String.raw`\b(?:name|key): {0,8}["']?${names}["']?[ \t]{0,8}\r?\n[ \t]{0,64}value: {0,8}["']?(?<secret>[^\s"'{[|>&][^\r\n"']{0,4096})`,
    ),
    // Addresses, forms (also `user[password]`), settings, attributes.
    form(
      '=',
      false,
      String.raw`=(?<=(?:(?<![\w.-])|%5B)${names}(?:\]|%5D)?\s{0,8}=)(?:[ \t]{0,8}${quoted}|(?!>|${quote})(?<secret>[^\s&;,"]{0,4095}[^\s&;,"\\]))`,
    ),
    // An address in an address.
    form(
      '%3',
      false,
      String.raw`%3D(?<=(?:(?<![\w.-])|%5B|%3F|%26)${names}(?:%5D)?%3D)(?<secret>(?:(?!%26|%22)[^\s&;,"'<>\\]){1,4096})`,
    ),
    // Ruby, Perl and PHP.
    form('=>', false, String.raw`=>(?<=${names}${quote}?\s{0,8}=>)\s{0,8}${quoted}`),
    // SQL
    form("'", false, String.raw`\bpassword\s{1,8}'(?<secret>[^'\r\n]${valueRun})'`),
    form('--', false, String.raw`(?<=^|\s)--${names} {1,4}(?<secret>[^\s"'-][^\s"']{0,4095})`),
    form('--', false, String.raw`"--${names}"\s{0,8},\s{0,8}"(?<secret>[^"\r\n]${valueRun})"`),
    ...['<', '&lt;'].map((open) =>
      form(
        `${open}/`,
        false,
        String.raw`${open}(?:[\w.-]{1,64}:)?${names}(?:\s[^<>&]{0,1024})?(?:>|&gt;)\s{0,64}(?:${open}(?!/)[^<>&]{1,256}(?:>|&gt;)\s{0,64}){0,3}(?:<!\[CDATA\[)?(?<secret>(?:(?!${open})[^<>])${valueRun}?)(?:\]\]>)?\s{0,64}${open}/`,
      ),
    ),
    // Elements and attributes that say the name of a value.
    form('value', false, String.raw`${named}[^<>]{0,256}?${attribute('value', '(?<secret>[^"\'<>]{1,4096})')}`),
    form('value', false, String.raw`${attribute('value', '(?<secret>[^"\'<>]{1,4096})')}[^<>]{0,256}?${named}`),
    form('</', false, String.raw`${named}[^<>]{0,256}>\s{0,64}(?:<value>)?(?<secret>[^<>\s][^<>]{0,4095}?)\s{0,64}</`),
    form(
      '</',
      false,
      String.raw`<(?:key|name)>\s{0,64}${names}\s{0,64}</(?:key|name)>\s{0,64}<[\w.-]{1,64}>(?<secret>[^<>]{1,4096})</`,
    ),
    // RFC 7578: a part of a form.
    form(
      'name=',
      true,
      String.raw`\bname="?${names}"?(?:;[^\r\n]{0,512})?\r?\n(?:[^\r\n]{1,512}\r?\n){0,8}\r?\n(?<secret>[^\r\n]${valueRun})`,
    ),
  ]
}
