import { ByteReader, malformed, textOf, type ByteWriter, type Text } from './bytes.ts'
import { readTable, writeTable, type FieldTable, type TableGrammar } from './field-table.ts'
import { methodLayouts, type ArgumentKind } from './method-layout.ts'

type Layouts = typeof methodLayouts

/** Class and method as the specification writes them: `basic.publish`. */
export type MethodName = keyof Layouts

interface ArgumentTypes {
  bit: boolean
  octet: number
  short: number
  long: number
  longlong: bigint
  shortstr: Text
  longstr: Text
  table: FieldTable
}

/** The arguments of a method, all of them. */
export type MethodArguments<N extends MethodName> = {
  readonly [A in keyof Layouts[N]['args']]: Layouts[N]['args'][A] extends ArgumentKind
    ? ArgumentTypes[Layouts[N]['args'][A]]
    : never
}

/** A method with its name and arguments; narrow it by `name`. */
export type Method = { readonly [N in MethodName]: { readonly name: N; readonly args: MethodArguments<N> } }[MethodName]

/** Methods behind which a content header and a body follow. */
export const contentMethods: ReadonlySet<MethodName> = new Set([
  'basic.publish',
  'basic.return',
  'basic.deliver',
  'basic.get-ok',
])

interface Layout {
  readonly name: MethodName
  readonly args: readonly (readonly [name: string, kind: ArgumentKind])[]
}

const layoutById = new Map<number, Layout>(
  Object.entries(methodLayouts).map(([name, { id, args }]) => [
    id,
    { name: name as MethodName, args: Object.entries(args) },
  ]),
)

/** The number of a method on the wire: class and method, 16 bits each. */
export function methodId(name: MethodName): number {
  return methodLayouts[name].id
}

/**
 * Reads the payload of a method frame: u16 class | u16 method | arguments. Neighbouring bits share an octet, the first in its
 * lowest bit. Byte values borrow from `payload`.
 *
 * @throws DriverError `protocol` for an unknown method, arguments that are cut off, bytes after them, or bits without a meaning
 */
export function readMethod(payload: Buffer, grammar: TableGrammar = 'rabbitmq'): Method {
  const head = new ByteReader(payload, 'a method')
  const id = head.u32()
  const layout = layoutById.get(id)
  if (layout === undefined) throw malformed(`read a method: class ${id >>> 16} has no method ${id & 0xffff}`)
  const reader = new ByteReader(payload, layout.name, 4)
  const args: Record<string, ArgumentTypes[ArgumentKind]> = {}
  let bits = 0
  let nextBit = 0
  for (const [name, kind] of layout.args) {
    if (kind === 'bit') {
      if (nextBit === 0) bits = reader.u8()
      args[name] = (bits & (1 << nextBit)) !== 0
      bits &= ~(1 << nextBit)
      nextBit++
      continue
    }
    noStrayBits(layout.name, bits)
    nextBit = 0
    args[name] = readArgument(reader, kind, grammar)
  }
  noStrayBits(layout.name, bits)
  reader.end()
  return { name: layout.name, args } as unknown as Method
}

function noStrayBits(name: MethodName, bits: number): void {
  if (bits !== 0) throw malformed(`read ${name}: bits 0x${bits.toString(16)} have no meaning`)
}

function readArgument(
  reader: ByteReader,
  kind: Exclude<ArgumentKind, 'bit'>,
  grammar: TableGrammar,
): ArgumentTypes[ArgumentKind] {
  switch (kind) {
    case 'octet':
      return reader.u8()
    case 'short':
      return reader.u16()
    case 'long':
      return reader.u32()
    case 'longlong':
      return reader.u64()
    case 'shortstr':
      return reader.shortString()
    case 'longstr':
      return textOf(reader.longBytes())
    case 'table':
      return readTable(reader.longBytes(), grammar)
  }
}

/**
 * Writes the payload of a method frame as {@link readMethod} reads it.
 *
 * @throws DriverError `protocol` for an argument that is missing or that its type cannot carry
 */
export function writeMethod(writer: ByteWriter, method: Method): void {
  const { id, args: layout } = methodLayouts[method.name]
  writer.u32(id)
  const args = method.args as Readonly<Record<string, unknown>>
  let bits = 0
  let nextBit = 0
  const flush = (): void => {
    if (nextBit > 0) writer.u8(bits)
    bits = 0
    nextBit = 0
  }
  for (const [name, kind] of Object.entries(layout) as [string, ArgumentKind][]) {
    const value = args[name]
    if (kind === 'bit') {
      if (typeof value !== 'boolean') throw wrong(method.name, name, value, 'true or false')
      if (value) bits |= 1 << nextBit
      nextBit++
      continue
    }
    flush()
    writeArgument(writer, method.name, name, kind, value)
  }
  flush()
}

const unsignedMax = { octet: 0xff, short: 0xffff, long: 0xffff_ffff }

function writeArgument(
  writer: ByteWriter,
  method: MethodName,
  name: string,
  kind: Exclude<ArgumentKind, 'bit'>,
  value: unknown,
): void {
  switch (kind) {
    case 'octet':
    case 'short':
    case 'long': {
      const max = unsignedMax[kind]
      if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > max) {
        throw wrong(method, name, value, `an integer from 0 to ${max}`)
      }
      if (kind === 'octet') writer.u8(value)
      else if (kind === 'short') writer.u16(value)
      else writer.u32(value)
      return
    }
    case 'longlong':
      if (typeof value !== 'bigint' || value < 0n || value >= 2n ** 64n) {
        throw wrong(method, name, value, 'a bigint of 64 bits without a sign')
      }
      writer.u64(value)
      return
    case 'shortstr':
    case 'longstr':
      if (typeof value !== 'string' && !(value instanceof Uint8Array)) {
        throw wrong(method, name, value, 'text or bytes')
      }
      if (kind === 'shortstr') writer.shortString(value, `${method} ${name}`)
      else writer.longString(value, `${method} ${name}`)
      return
    case 'table':
      if (!Array.isArray(value)) throw wrong(method, name, value, 'a list of fields')
      writeTable(writer, value as FieldTable)
      return
  }
}

function wrong(method: MethodName, name: string, seen: unknown, expected: string): Error {
  return malformed(`write ${method}: ${name} is of type ${seen === null ? 'null' : typeof seen}, expected ${expected}`)
}
