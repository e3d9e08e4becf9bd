import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { API_VERSIONS_ANSWER, connectionStart, RABBITMQ_PROPERTIES } from './literal-answers.ts'

/** Answers every connection on 127.0.0.1 with these bytes, once it has been asked; ends on SIGTERM. */
const answering = (answer: Uint8Array): string => `
  const serve = (port) => require('node:net').createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => socket.write(Buffer.from('${Buffer.from(answer).toString('hex')}', 'hex')))
  }).listen(port, '127.0.0.1')
`
const amqp = answering(connectionStart(RABBITMQ_PROPERTIES))
const kafka = answering(API_VERSIONS_ANSWER)

/** Programs that behave, for the lab, as the real ones do. Each is a Node script. */
export const FAKES = {
  epmd: 'setInterval(() => {}, 1e6)',
  'rabbitmq-server': `${amqp}
    const conf = require('node:fs').readFileSync(process.env.RABBITMQ_CONFIG_FILE, 'utf8')
    console.log('started by pid', process.ppid)
    serve(Number(/listeners.tcp.1 = 127.0.0.1:(\\d+)/.exec(conf)[1]))
  `,
  java: `${kafka}
    const fs = require('node:fs')
    const args = process.argv.slice(2)
    const properties = args.at(-1)
    const setting = (name) => new RegExp('^' + name + '=(.*)$', 'm').exec(fs.readFileSync(properties, 'utf8'))[1]
    if (args.includes('-version')) console.error('openjdk version "17.0.15" 2025-04-15')
    else if (args.includes('format')) fs.writeFileSync(setting('log.dirs') + '/meta.properties', args.join(' '), { flag: 'wx' })
    else serve(Number(/BROKER:\\/\\/127.0.0.1:(\\d+)/.exec(setting('listeners'))[1]))
  `,
  /** Without a Docker engine: the client alone. */
  'docker-client': `console.error('Cannot connect to the Docker daemon'); process.exit(1)`,
  /** With an engine: \`up\` leaves a broker behind whose number is in container.pid, \`down\` ends it. */
  docker: `
    const fs = require('node:fs')
    const args = process.argv.slice(2)
    const file = process.env.FAKE_DOCKER + '/container.pid'
    fs.appendFileSync(process.env.FAKE_DOCKER + '/docker.log', args.join(' ') + '\\n')
    if (args.includes('--wait')) {
      const code = ${JSON.stringify(amqp)} + ';serve(' + process.env.X07_LAB_AMQP_PORT + ').on("listening", () => console.log("up"))'
      const child = require('node:child_process').spawn(process.execPath, ['-e', code], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] })
      fs.writeFileSync(file, String(child.pid))
      child.stdout.once('data', () => process.exit(0))
    } else if (args.includes('down')) {
      if (fs.existsSync(file)) process.kill(Number(fs.readFileSync(file, 'utf8')), 'SIGKILL')
      fs.rmSync(file, { force: true })
      const untilGone = () => require('node:net').connect(Number(process.env.X07_LAB_AMQP_PORT), '127.0.0.1')
        .on('connect', function () { this.destroy(); setImmediate(untilGone) })
        .on('error', () => {})
      untilGone()
    } else if (args.includes('ps')) console.log(fs.existsSync(file) ? '0123456789ab' : '')
    else console.log('28.2.2')
  `,
} as const

/** Puts programs under \`folder/bin\`, by name; a text is the program itself. */
export async function installPrograms(folder: string, programs: Readonly<Record<string, string>>): Promise<string> {
  const bin = join(folder, 'bin')
  await mkdir(bin, { recursive: true })
  for (const [name, code] of Object.entries(programs)) {
    await writeFile(join(bin, name), `#!${process.execPath}\n${code}\n`)
    await chmod(join(bin, name), 0o755)
  }
  return bin
}
