import { pointerTokens } from './tree.ts'

/** A JSON Schema as far as contract schemas go. */
export interface FormSchema {
  readonly title?: string
  readonly type?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly pattern?: string
  readonly description?: string
  readonly properties?: Readonly<Record<string, FormSchema>>
  readonly items?: FormSchema
  readonly oneOf?: readonly FormSchema[]
  readonly additionalProperties?: boolean | FormSchema
}

/** What a generated validator says of the first fault. */
interface FormError {
  readonly instancePath: string
  readonly schemaPath: string
  readonly keyword: string
  readonly params: Readonly<Record<string, unknown>>
}

/**
 * A kind of contract document: its schema, and the validator that was generated from it. The type parameter is the shape of
 * a document that passes, which the generator writes beside it.
 */
export interface ContractForm<Document> {
  /** What `schema_version` must be. */
  readonly version: string
  readonly schema: FormSchema
  /** True for a valid document; otherwise `errors` holds the first fault. */
  readonly validate: ((value: unknown) => value is Document) & { errors?: readonly FormError[] | null }
}

/**
 * What is wrong with a document, as one clause: the field, what it holds, what it must be. Undefined for a valid one.
 * Lengths are counted in Unicode code points.
 */
export function contractFault(form: ContractForm<unknown>, value: unknown): string | undefined {
  if (form.validate(value)) return undefined
  const version = isObject(value) ? value['schema_version'] : undefined
  if (isObject(value) && version !== form.version) {
    return `schema_version is ${shown(version)}, expected ${JSON.stringify(form.version)}`
  }
  const errors = form.validate.errors ?? []
  // What each alternative lacks says less than that none of them fits.
  const error = errors.find(({ keyword }) => keyword === 'oneOf' || keyword === 'anyOf') ?? errors[0]
  if (error === undefined) return 'the document is not valid'
  const tokens = pointerTokens(error.instancePath)
  const rule = schemaAt(form.schema, error.schemaPath)
  const held = valueAt(value, tokens)
  const field = fieldName(tokens)
  const known = Object.keys(rule.properties ?? {})
  switch (error.keyword) {
    case 'additionalProperties': {
      const name = String(error.params['additionalProperty'])
      return `${field} has an unknown field ${JSON.stringify(name)}, ${suggestion(name, known)}`
    }
    case 'required': {
      const name = String(error.params['missingProperty'])
      const misspelt = nearest(
        name,
        Object.keys(isObject(held) ? held : {}).filter((key) => !known.includes(key)),
      )
      const wanted = expected(rule.properties?.[name] ?? tagOf(rule, name))
      const missing = `${fieldName([...tokens, name])} is missing, expected ${wanted}`
      return misspelt === undefined
        ? missing
        : `${missing}; is the unknown field ${JSON.stringify(misspelt)} meant for it?`
    }
    case 'discriminator': {
      const tag = String(error.params['tag'])
      return `${fieldName([...tokens, tag])} is ${shown(error.params['tagValue'])}, expected ${expected(tagOf(rule, tag))}`
    }
    default:
      return `${field} is ${shown(held)}, expected ${expected(rule)}`
  }
}

/** What the field may be by which alternatives are told apart. */
function tagOf({ oneOf = [] }: FormSchema, tag: string): FormSchema | undefined {
  const values = oneOf.flatMap(({ properties }) => properties?.[tag]?.const ?? [])
  return values.length === 0 ? undefined : { enum: values }
}

/**
 * A document of a form, valid.
 *
 * @param refuse makes the error from what is wrong, such as `limits.prefetch_count is 0, expected an integer from 1 to 1000000`
 * @param advice what to do instead of a field that people expect and the form does not have, by its name
 * @throws what `refuse` makes
 */
export function readContract<Document>(
  form: ContractForm<Document>,
  value: unknown,
  refuse: (problem: string) => Error,
  advice: Readonly<Record<string, string>> = {},
): Document {
  if (form.validate(value)) return value
  const unknown = form.validate.errors?.[0]?.params['additionalProperty']
  const hint = typeof unknown === 'string' && Object.hasOwn(advice, unknown) ? `; ${advice[unknown]}` : ''
  throw refuse(`${contractFault(form, value) ?? 'it changed while it was read'}${hint}`)
}

/** The length of a text in Unicode code points, the unit of every `maxLength` in a contract schema. */
export function codePointLength(text: string): number {
  let length = text.length
  for (let at = 1; at < text.length; at += 1) {
    if ((text.charCodeAt(at) & 0xfc00) === 0xdc00 && (text.charCodeAt(at - 1) & 0xfc00) === 0xd800) length -= 1
  }
  return length
}

/** What a schema asks for, in words. */
function expected(schema: FormSchema | undefined): string {
  if (schema === undefined) return 'a value'
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum !== undefined) return `one of ${schema.enum.join(', ')}`
  switch (schema.type) {
    case 'string': {
      const { minLength = 0, maxLength } = schema
      const bounds =
        maxLength === undefined
          ? minLength > 0
            ? ` of at least ${minLength} characters`
            : ''
          : ` of ${minLength} to ${maxLength} characters`
      const rule = schema.pattern === undefined ? '' : ` that matches ${schema.pattern}`
      return `text${bounds}${rule}`
    }
    case 'integer':
    case 'number': {
      const { minimum, maximum } = schema
      const kind = schema.type === 'integer' ? 'an integer' : 'a number'
      if (minimum === undefined) return maximum === undefined ? kind : `${kind} of at most ${maximum}`
      return maximum === undefined ? `${kind} from ${minimum}` : `${kind} from ${minimum} to ${maximum}`
    }
    case 'boolean':
      return 'true or false'
    case 'array': {
      const { minItems = 0, maxItems } = schema
      if (maxItems !== undefined) return `a list of ${minItems} to ${maxItems} items`
      return minItems > 0 ? `a list of at least ${minItems} item${minItems === 1 ? '' : 's'}` : 'a list'
    }
    case 'object':
      return 'an object'
    default:
      return schema.description ?? 'another value'
  }
}

function suggestion(name: string, known: readonly string[]): string {
  const near = nearest(name, known)
  const list = known.length === 0 ? 'it has no fields' : `it may have ${known.join(', ')}`
  return near === undefined ? list : `did you mean ${JSON.stringify(near)}? ${list}`
}

/** The name that takes the fewest changes to get to, if that is at most a third of it. */
function nearest(name: string, known: readonly string[]): string | undefined {
  // A field name is short; a hostile one need not be compared.
  if (name.length > 64) return undefined
  let best: string | undefined
  let fewest = Math.floor(name.length / 3) + 1
  for (const one of known) {
    const changes = distance(name.toLowerCase(), one.slice(0, 64).toLowerCase())
    if (changes < fewest) [best, fewest] = [one, changes]
  }
  return best
}

/** Levenshtein distance: insertions, deletions and substitutions of UTF-16 units. */
function distance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, at) => at)
  for (let i = 1; i <= left.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= right.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1)
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}

const SHOWN_CHARACTERS = 60

/** Enough of a wrong value to find it by. A contract holds no secret, only the ids of some. */
function shown(value: unknown): string {
  if (value === undefined) return 'missing'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  if (isObject(value)) return 'an object'
  const json = JSON.stringify(value) ?? typeof value
  return json.length <= SHOWN_CHARACTERS ? json : `${json.slice(0, SHOWN_CHARACTERS - 1)}…`
}

/** `limits.prefetch_count`, `bindings[2].queue`; the document itself has no name of its own. */
function fieldName(tokens: readonly string[]): string {
  if (tokens.length === 0) return 'the document'
  const text = tokens.map((token) => (/^\d+$/.test(token) ? `[${token}]` : `.${token}`)).join('')
  return text.startsWith('.') ? text.slice(1) : text
}

/** The schema that holds the keyword a `schemaPath` ends in. */
function schemaAt(root: FormSchema, schemaPath: string): FormSchema {
  const at = valueAt(root, pointerTokens(decodeURIComponent(schemaPath.slice(1))).slice(0, -1))
  return isObject(at) ? at : {}
}

function valueAt(root: unknown, tokens: readonly string[]): unknown {
  let at = root
  for (const token of tokens)
    at = typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[token] : undefined
  return at
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
