import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { encodeDocument } from '@x07-lab/msg-core/format'
import { hasLoopback } from '@x07-lab/msg-core/testing'
import { beforeAll, describe, expect, test } from 'vitest'
import { createProject, type Project, type Ran } from '../support/project.ts'

interface Case {
  readonly title: string
  readonly args: readonly string[]
  readonly code: number
  /** All that standard error says after `lab: `. */
  readonly line: string
  readonly prepare?: (project: Project) => void
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string
  /** In a process of its own, which the policy bounds. */
  readonly sandboxed?: true
  /** Only where something could be reached. */
  readonly tcp?: true
}

const loopback = await hasLoopback()

/** A cassette of three messages with results and seal. */
let cassette: Buffer
let unused: number

beforeAll(async () => {
  using project = createProject()
  const { code } = await project.lab(['record', '--driver', 'memory', '--messages', '3'])
  expect(code).toBe(0)
  cassette = project.read('.x07_rr/lab.rrbin')
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  unused = (server.address() as { port: number }).port
  await new Promise((closed) => server.close(closed))
})

function place(name: string, bytes: () => Uint8Array): (project: Project) => void {
  return (project) => {
    mkdirSync(project.path('.x07_rr'), { recursive: true })
    project.write(`.x07_rr/${name}`, bytes())
  }
}

function flipped(at: number): Buffer {
  const copy = Buffer.from(cassette)
  copy[at] = (copy[at] ?? 0) ^ 1
  return copy
}

function frame(document: Uint8Array): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32LE(document.length)
  return Buffer.concat([length, document])
}

/** An entry document with fields in the order given, which no encoder of ours would write. */
function entryOf(names: readonly string[]): Buffer {
  const value = (name: string): Parameters<typeof encodeDocument>[0] =>
    name === 'err'
      ? { kind: 'ok', value: { kind: 'number', text: Buffer.from('0') } }
      : { kind: 'ok', value: { kind: 'string', bytes: Buffer.from('rr') } }
  const u32 = (number: number): Buffer => frame(Buffer.alloc(number)).subarray(0, 4)
  const fields = names.map((name) =>
    Buffer.concat([u32(name.length), Buffer.from(name), Buffer.from(encodeDocument(value(name))).subarray(1)]),
  )
  return frame(Buffer.concat([Buffer.from([1, 5]), u32(names.length), ...fields]))
}

const memory = ['record', '--driver', 'memory']
const mend = 'fix it; `pnpm arch:check` explains'

const commandLine: Case[] = [
  {
    title: 'no messages',
    args: [...memory, '--messages', '0'],
    code: 2,
    line: '--messages "0": give a whole number from 1 to 100000000',
  },
  {
    title: 'an unknown command',
    args: ['recrod'],
    code: 2,
    line: 'unknown command "recrod", did you mean record?; see pnpm lab --help',
  },
]

const cassettes: Case[] = [
  {
    title: 'no such cassette',
    args: ['replay', '--cassette', 'nope.rrbin'],
    code: 3,
    line: 'open cassette "nope.rrbin": there is no such file; record it first or check the name',
  },
  {
    title: 'a cassette by a name that is nearly right',
    args: ['replay', '--cassette', 'ordes'],
    prepare: place('orders.rrbin', () => cassette),
    code: 3,
    line: 'open cassette "ordes.rrbin": there is no such file; did you mean orders?',
  },
  {
    title: 'no name',
    args: ['cassette', 'show', ''],
    code: 2,
    line: 'cassette "": give the name of a file; pnpm lab cassette ls tells what there is',
  },
  {
    title: 'a name that would break the line',
    args: ['cassette', 'show', 'a\nb'],
    code: 3,
    line: 'cassette a\\nb: there is no such file, here or in .x07_rr/; pnpm lab cassette ls tells what there is',
  },
  {
    title: 'an empty file',
    args: ['replay'],
    prepare: place('lab.rrbin', () => new Uint8Array(0)),
    code: 3,
    line: 'replay lab.rrbin: it is empty, so there is nothing to replay; record it first',
  },
  {
    title: 'a torn tail',
    args: ['replay'],
    prepare: place('lab.rrbin', () => cassette.subarray(0, 1000)),
    code: 3,
    line: 'read cassette "lab.rrbin": entry 1 at byte N is cut short: a frame of N bytes is announced, N are there; run "lab cassette repair lab.rrbin" to keep the whole entry before it',
  },
  {
    title: 'a flipped byte of a payload',
    args: ['replay'],
    prepare: place('lab.rrbin', () => flipped(cassette.indexOf('"price"') + 1)),
    code: 3,
    line: 'replay lab.rrbin: the bytes that the seal covers have changed since it was recorded; restore it, or record it again',
  },
  {
    title: 'a flipped byte of the seal',
    args: ['replay'],
    prepare: place('lab.rrbin', () => flipped(cassette.lastIndexOf('lab_rr_v1'))),
    code: 3,
    line: 'replay lab.rrbin: the seal, entry 10, has changed since it was recorded; restore it, or record it again',
  },
  {
    title: 'a frame of 4 GiB in a file of 100 bytes',
    args: ['replay'],
    prepare: place('lab.rrbin', () => Buffer.alloc(100, 0xff)),
    code: 3,
    line: 'read cassette "lab.rrbin": entry 0 at byte 0 is cut short: a frame of 4294967295 bytes is announced, 96 are there; no whole entry comes before it, so check that this is a cassette, or record it again',
  },
  {
    title: 'fields out of order',
    args: ['replay'],
    prepare: place('lab.rrbin', () => entryOf(['key', 'err', 'kind', 'op', 'req', 'resp'])),
    code: 3,
    line: 'read cassette "lab.rrbin": entry 0 at byte 24: field names are not strictly ascending; no whole entry comes before it, so check that this is a cassette, or record it again',
  },
  {
    title: 'a field twice',
    args: ['replay'],
    prepare: place('lab.rrbin', () => entryOf(['err', 'err', 'key', 'kind', 'op', 'req', 'resp'])),
    code: 3,
    line: 'read cassette "lab.rrbin": entry 0 at byte 23: field names are not strictly ascending; no whole entry comes before it, so check that this is a cassette, or record it again',
  },
  {
    title: 'a symlink that leads out of the folder',
    args: ['replay'],
    prepare: (project) => {
      mkdirSync(project.path('.x07_rr'))
      symlinkSync(project.path('arch/manifest.x07arch.json'), project.path('.x07_rr/lab.rrbin'))
    },
    code: 3,
    line: 'open cassette "lab.rrbin": a symlink on its way leaves .x07_rr/; put the file itself there',
  },
  {
    title: 'a recording through a symlink that leads out of the folder',
    args: [...memory, '--cassette', 'out/lab.rrbin'],
    prepare: (project) => {
      mkdirSync(project.path('.x07_rr'))
      symlinkSync(project.path('arch'), project.path('.x07_rr/out'))
      project.write('arch/lab.rrbin', 'not ours')
    },
    code: 3,
    line: 'open cassette "out/lab.rrbin": a symlink on its way leaves .x07_rr/; put the file itself there',
  },
  {
    title: 'a recording with the name of one that is not complete',
    args: [...memory, '--cassette', 'orders.partial.rrbin'],
    code: 2,
    line: 'record: --cassette "orders.partial.rrbin": .partial.rrbin is the ending of recordings that are not complete; name it "orders.rrbin"',
  },
  {
    title: 'a folder where the cassette should be',
    args: memory,
    prepare: (project) => void mkdirSync(project.path('.x07_rr/lab.rrbin'), { recursive: true }),
    code: 3,
    line: 'open cassette "lab.rrbin": it is not a file; give another name',
  },
  {
    title: 'a file where the folder of cassettes should be',
    args: memory,
    prepare: (project) => project.write('.x07_rr', ''),
    code: 3,
    line: 'record lab.ID.partial.rrbin: no file can be made there (EEXIST); check its name, its folder and their permissions',
  },
  {
    title: 'an unknown policy',
    args: ['replay', '--policy', 'nope_v1'],
    prepare: place('lab.rrbin', () => cassette),
    code: 3,
    line: `arch/rr/index.x07rr.json: there is no policy "nope_v1"; there are lab_rr_v1, smoke_rr_v1; ${mend}`,
  },
]

const events: Case[] = [
  {
    title: 'no such input',
    args: [...memory, '--input', 'nope.ndjson'],
    code: 3,
    line: 'read input nope.ndjson: there is no such file or folder (ENOENT); give a file that can be read',
  },
  {
    title: 'a folder as input',
    args: [...memory, '--input', 'arch'],
    code: 3,
    line: 'read input arch: it is a folder, expected a file; give a file, or pass what it gives on as standard input with -',
  },
  {
    title: 'closed standard input',
    args: [...memory, '--input', '-'],
    code: 2,
    line: 'standard input: holds no events; give one JSON value a line',
  },
  {
    title: 'invalid JSON at line 3, after two events that are kept',
    args: [...memory, '--input', '-'],
    stdin: '{"n":1}\n{"n":2}\n{"n":3\n',
    code: 2,
    line: 'standard input line 3, column 7: the end of the text, where a comma or } should stand; give one JSON value a line that RFC 8785 can carry; what was recorded until then is in .x07_rr/lab.ID.partial.rrbin',
  },
]

const surroundings: Case[] = [
  {
    title: 'results where a file stands',
    args: [...memory, '--out', 'out/file'],
    prepare: (project) => {
      mkdirSync(project.path('out'))
      project.write('out/file', '')
    },
    code: 3,
    line: 'write results to ROOT/out/file: a file of that name is there (EEXIST); give a folder that can be written with --out',
  },
  {
    title: 'results outside of the project',
    args: [...memory, '--out', '/proc/results'],
    code: 2,
    line: '--out /proc/results: results may not be written there (fs.write_roots of arch/policy/os_record.policy.json); give a folder in out/ of the project, or a new one',
  },
  {
    title: 'results in the folder of contracts',
    args: [...memory, '--out', 'out/../arch'],
    code: 2,
    line: '--out out/../arch: results may not be written there (fs.write_roots of arch/policy/os_record.policy.json); give a folder in out/ of the project, or a new one',
  },
  {
    title: 'results in a folder that a symlink leads out of the project',
    args: [...memory, '--out', 'out/link/results'],
    prepare: (project) => {
      mkdirSync(project.path('out'))
      symlinkSync('/tmp', project.path('out/link'))
    },
    code: 3,
    line: 'write results to ROOT/out/link/results: out/link is a symlink, which may lead anywhere; put the folder itself there, or give another with --out',
  },
  {
    title: 'a folder of results that is a symlink',
    args: memory,
    prepare: (project) => symlinkSync('/tmp', project.path('out')),
    code: 3,
    line: 'write to out: out is a symlink, which may lead anywhere, and arch/policy/os_record.policy.json lets runs write there; put the folder itself there',
  },
  {
    title: 'a result that is a symlink',
    args: memory,
    prepare: (project) => {
      mkdirSync(project.path('out/os_record'), { recursive: true })
      symlinkSync('../../arch/manifest.x07arch.json', project.path('out/os_record/aggregate.json'))
    },
    code: 3,
    line: 'write results to ROOT/out/os_record: aggregate.json: it is a symlink, expected the file itself; move it away, or give another folder with --out',
  },
  {
    title: 'results where a folder stands in the place of one',
    args: memory,
    prepare: (project) => void mkdirSync(project.path('out/os_record/report.json'), { recursive: true }),
    code: 3,
    line: 'write results to ROOT/out/os_record: report.json: it is a folder, expected a file; move it away, or give another folder with --out',
  },
  {
    title: 'CI',
    args: memory,
    env: { CI: 'true' },
    code: 2,
    line: 'record: CI is set, and CI never records; replay the committed cassettes with pnpm replay:ci, or unset CI to record',
  },
  {
    title: 'no policy of the sandbox',
    args: memory,
    prepare: (project) => project.write('arch/policy/os_record.policy.json', '{'),
    code: 3,
    line: `read policy arch/policy/os_record.policy.json: it is not JSON: line 1, column 2: the end of the text, where a key in double quotes should stand; ${mend}`,
  },
  {
    title: 'a policy that does not let the cassette be written',
    sandboxed: true,
    args: memory,
    prepare: (project) => project.edit('arch/policy/os_record.policy.json', '".x07_rr", ', ''),
    code: 3,
    line: 'FileSystemWrite ROOT/.x07_rr is denied: arch/policy/os_record.policy.json does not allow it (fs.write_roots)',
  },
  {
    title: 'a policy that does not list the broker',
    args: ['record', '--driver', 'amqp'],
    prepare: (project) => project.edit('arch/policy/os_record.policy.json', '[5672, 9092]', '[9092]'),
    code: 3,
    line: "connect to 127.0.0.1:5672: arch/policy/os_record.policy.json does not list it in net.allow_hosts; add it there, or correct the broker's address in arch/msg",
  },
  {
    title: 'a broker that is not there',
    tcp: true,
    args: ['record', '--driver', 'amqp'],
    prepare: (project) => {
      project.edit('arch/policy/os_record.policy.json', '[5672, 9092]', `[${unused}]`)
      project.edit('arch/msg/amqp/profiles/local_amqp_v1.amqp_profile.json', '5672', String(unused))
    },
    code: 3,
    line: 'open broker local_amqp_v1 at 127.0.0.1:PORT: the connection failed with ECONNREFUSED; start the broker, or correct host and port in the profile',
  },
  {
    title: 'a secret that the environment does not hold',
    args: ['record', '--driver', 'amqp'],
    prepare: (project) =>
      project.edit(
        'arch/msg/amqp/profiles/local_amqp_v1.amqp_profile.json',
        '"vhost"',
        '"auth": {"username_secret_id": "lab_user", "password_secret_id": "lab_password"}, "vhost"',
      ),
    code: 3,
    line: 'connect to the broker: secret lab_user is not there; set X07_SECRET_LAB_USER in the environment and list it in env.allow_keys of arch/policy/os_record.policy.json',
  },
]

describe.concurrent('one clear line and the right exit code', () => {
  for (const { title, args, code, line, prepare, env, stdin, tcp, sandboxed } of [
    ...commandLine,
    ...cassettes,
    ...events,
    ...surroundings,
  ]) {
    test.skipIf(tcp === true && !loopback)(title, async () => {
      using project = createProject()
      prepare?.(project)
      const ran = await project[sandboxed === true ? 'process' : 'lab']([...args, '--json'], {
        ...(env === undefined ? {} : { env }),
        ...(stdin === undefined ? {} : { stdin }),
      })
      expect(shown(ran, line)).toEqual({ code, stdout: '', stderr: `lab: ${line}\n` })
    })
  }
})

/** Numbers that a case leaves open stand as `N`, the port of no broker as `PORT`. */
function shown({ code, stdout, stderr }: Ran, line: string): Ran {
  const named = stderr.replaceAll(/[0-9a-f]{8}(?=\.partial)/g, 'ID')
  const open = line.includes('byte N') ? named.replace(/(?<=byte |of )\d+|\d+(?= are there)/g, 'N') : named
  return { code, stdout, stderr: line.includes('PORT') ? open.replace(`:${unused}:`, ':PORT:') : open }
}

test.each([
  ['the folder of the cassette', 'out/lab.rrbin', ['arch', '.x07_rr/out']],
  ['the cassette', 'lab.rrbin', ['arch/lab.rrbin', '.x07_rr/lab.rrbin']],
  ['a cassette that is not there', 'lab.rrbin', ['arch/nowhere.rrbin', '.x07_rr/lab.rrbin']],
] as const)('nothing is touched where a symlink leads: %s', async (_, cassette, [to, link]) => {
  using project = createProject()
  mkdirSync(project.path('.x07_rr'))
  project.write('arch/lab.rrbin', 'not ours')
  symlinkSync(project.path(to), project.path(link))
  const before = contentOf(project)
  const { code, stderr } = await project.lab([...memory, '--messages', '2', '--cassette', cassette])
  expect([code, stderr]).toEqual([3, expect.stringMatching(/: a symlink on its way (?:leaves|leads) /)])
  expect(contentOf(project)).toEqual(before)
})

/** Every file below `arch/` and what it holds. */
function contentOf(project: Project): readonly (readonly [string, string])[] {
  const folder = project.path('arch')
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
  return names
    .filter((name) => statSync(join(folder, name)).isFile())
    .map((name) => [name, readFileSync(join(folder, name), 'latin1')])
}
