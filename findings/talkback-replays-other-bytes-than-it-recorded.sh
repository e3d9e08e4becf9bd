#!/usr/bin/env bash
# talkback 4.2.0 (a proxy that records HTTP and replays it).
#
# A JSON response is kept as the value that JavaScript makes of it and replayed as that value is printed over several lines: an id of 64
# bits has other digits, 1.10 is 1.1, the length is another one. A text that is not UTF-8 is replayed with U+FFFD for its bytes.
# While it records, the client gets the bytes of the server: the same test sees other bytes from the second run on.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund talkback@4.2.0
cat >record.cjs <<'NODE'
const { createServer, get } = require('node:http')
const talkback = require('talkback')
const bodies = [
  ['application/json', Buffer.from('{"n":1}')],
  ['application/json', Buffer.from('{"id": 9007199254740993, "amount": 1.10}')],
  ['text/plain; charset=iso-8859-1', Buffer.from('caf\u00e9', 'latin1')],
  ['application/octet-stream', Buffer.from([0xff, 0])],
]
const server = createServer((request, response) => {
  const [type, body] = bodies[Number(request.url.slice(1))]
  response.setHeader('content-type', type)
  response.end(body)
})
const listen = (one) => new Promise((resolve) => one.listen(0, '127.0.0.1', resolve))
const fetchBody = (port, index) => new Promise((resolve, reject) => {
  get({ host: '127.0.0.1', port, path: `/${index}`, agent: false }, (response) => {
    const chunks = []
    response.on('data', (chunk) => chunks.push(chunk)).on('end', () => resolve(Buffer.concat(chunks)))
  }).on('error', reject)
})
const all = async (record, port) => {
  const host = `http://127.0.0.1:${server.address().port}`
  const proxy = talkback({ host, record, port, path: './tapes', silent: true, summary: false })
  await new Promise((resolve) => proxy.start(resolve))
  const seen = []
  for (const index of bodies.keys()) seen.push(await fetchBody(port, index))
  await proxy.close()
  return seen
}
const main = async () => {
  await listen(server)
  const free = createServer()
  await listen(free)
  const port = free.address().port
  await new Promise((resolve) => free.close(resolve))
  const recorded = await all(talkback.Options.RecordMode.NEW, port)
  const replayed = await all(talkback.Options.RecordMode.DISABLED, port)
  for (const [index, [type, body]] of bodies.entries())
    console.log(`${type} ${body.toString('hex').slice(0, 8)}: recording ${recorded[index].equals(body) ? 'same' : 'other'}, ` +
      `replay ${replayed[index].equals(body) ? 'same' : JSON.stringify(replayed[index].toString())}`)
  process.exit(0)
}
main()
NODE
node record.cjs >seen
cat seen
cat >expected <<'TEXT'
application/json 7b226e22: recording same, replay "{\n  \"n\": 1\n}"
application/json 7b226964: recording same, replay "{\n  \"id\": 9007199254740992,\n  \"amount\": 1.1\n}"
text/plain; charset=iso-8859-1 636166e9: recording same, replay "caf\ufffd"
application/octet-stream ff00: recording same, replay same
TEXT
diff <(sed 's/\\ufffd/�/' expected) seen
echo 'seen with talkback 4.2.0'
