import { describe, expect, test } from 'vitest'
import { decodeEnvelope, encodeEnvelope } from '../../src/format/envelope/index.ts'
import { decodeRecord, encodeRecord } from '../../src/format/index.ts'
import type { Message } from '../../src/index.ts'
import { createRedactor, joinRules, rulesOfSanitizer, type RedactionRules } from '../../src/redact/index.ts'
import { murmur2Partition } from '../../src/redact/murmur2.ts'

const redactor = createRedactor(joinRules())
const salt = Buffer.from('a salt of sixteen or more')

function message(parts: Partial<Omit<Message, 'value'>> & { value?: string }): Message {
  return {
    topic: 't',
    key: Buffer.from('k'),
    headers: [],
    ...parts,
    value: Buffer.from(parts.value ?? '{}'),
  }
}

function valueOf(value: string, rules: Partial<RedactionRules> = {}): string {
  const redacted = createRedactor(joinRules(rules)).message(message({ value }))
  return Buffer.from(redacted.value ?? []).toString()
}

describe('what is always a secret', () => {
  test.each([
    ['{"password":"hunter2"}', '{"password":"[redacted]"}'],
    ['{"a": {"userPassword" : "hunter2", "n": 1.0}}', '{"a": {"userPassword" : "[redacted]", "n": 1.0}}'],
    ['[{"access_token":{"deep":[1,2]}}]', '[{"access_token":"[redacted]"}]'],
    ['{"clientSecret":42}', '{"clientSecret":"[redacted]"}'],
    [String.raw`{"pass\u0077ord":"x"}`, String.raw`{"pass\u0077ord":"[redacted]"}`],
    ['{"password":null,"token":""}', '{"password":null,"token":""}'],
    ['{"url":"amqp://me:pw@host/v"}', '{"url":"amqp://[redacted]@host/v"}'],
    ['user=me&password=hunter2&n=1', 'user=me&password=[redacted]&n=1'],
    ['Authorization: Bearer abcdefgh12345', 'Authorization: Bearer [redacted]'],
    ['{"order":1,"note":"nothing to hide"}', '{"order":1,"note":"nothing to hide"}'],
  ])('%s', (value, redacted) => {
    expect(valueOf(value)).toBe(redacted)
  })

  test.each([
    ['user[name]=me&user[password]=hunter2', 'user[name]=me&user[password]=[redacted]'],
    ['user%5Bpwd%5D=hunter2&x=1', 'user%5Bpwd%5D=[redacted]&x=1'],
    ['next=https%3A%2F%2Fh%2F%3Fpassword%3Dhunter2%26x%3D1', 'next=https%3A%2F%2Fh%2F%3Fpassword%3D[redacted]%26x%3D1'],
    [`<a user='me' password = 'hunter2'/>`, `<a user='me' password = '[redacted]'/>`],
    ['<add key="password" value="hunter2"/>', '<add key="password" value="[redacted]"/>'],
    ['<input value="hunter2" name="password">', '<input value="[redacted]" name="password">'],
    ['<property name="db.password">hunter2</property>', '<property name="db.password">[redacted]</property>'],
    ['<key>password</key><string>hunter2</string>', '<key>password</key><string>[redacted]</string>'],
    ['<name>password</name>\n <value>hunter2</value>', '<name>password</name>\n <value>[redacted]</value>'],
    ['<password><value>a&amp;b</value></password>', '<password><value>[redacted]</value></password>'],
    ['<password></password><user>me</user>', '<password></password><user>me</user>'],
    ['&lt;password&gt;hunter2&lt;/password&gt;', '&lt;password&gt;[redacted]&lt;/password&gt;'],
    ['"password": hunter2\nuser: me', '"password": [redacted]\nuser: me'],
    ['{user: me, password: hunter2}', '{user: me, password: [redacted]}'],
    ['password: |\n  hunter2\n  and more\nuser: me', 'password: |\n  [redacted]\nuser: me'],
    ['- name: password\n  value: hunter2\n', '- name: password\n  value: [redacted]\n'],
    ['password = "hunter2"\nn = 1', 'password = "[redacted]"\nn = 1'],
    ['{"password"=>"hunter2", :token=>"abc"}', '{"password"=>"[redacted]", :token=>"[redacted]"}'],
    [`['password' => 'hunter2']`, `['password' => '[redacted]']`],
    [`ALTER USER me WITH PASSWORD 'hunter2'`, `ALTER USER me WITH PASSWORD '[redacted]'`],
    ['["tool","--password","hunter2"]', '["tool","--password","[redacted]"]'],
    ['{"rawHeaders":["Cookie","a=b","Host","h"]}', '{"rawHeaders":["Cookie","[redacted]","Host","h"]}'],
    ['{"headers":[["Authorization","abc"],["Host","h"]]}', '{"headers":[["Authorization","[redacted]"],["Host","h"]]}'],
    ['{"required":["password","name"]}', '{"required":["password","name"]}'],
    ['[{"path":"/user/password","value":"hunter2"}]', '[{"path":"/user/password","value":"[redacted]"}]'],
    ['{"auth":{"user":"me","pass":"hunter2"}}', '{"auth":{"user":"me","pass":"[redacted]"}}'],
    ['{"test":"a","pass":true,"user":"me"}', '{"test":"a","pass":true,"user":"me"}'],
    ['{"a":1,"password":"hunter2 that is cut sh', '{"a":1,"password":"[redacted]'],
    [
      '{"body":"x\\r\\nContent-Disposition: form-data; name=\\"password\\"\\r\\n\\r\\nhunter2\\r\\n--b--"}',
      '{"body":"x\\r\\nContent-Disposition: form-data; name=\\"password\\"\\r\\n\\r\\n[redacted]\\r\\n--b--"}',
    ],
    ['a:1:{s:8:"password";s:8:"hün;ter";}', 'a:1:{s:8:"password";s:10:"[redacted]";}'],
    ['{"job":"a:1:{s:5:\\"token\\";s:3:\\"abc\\";}"}', '{"job":"a:1:{s:5:\\"token\\";s:10:\\"[redacted]\\";}"}'],
  ])('in forms of other languages: %s', (value, redacted) => {
    expect(valueOf(value)).toBe(redacted)
    expect(valueOf(redacted)).toBe(redacted)
  })

  test('headers and properties, typed, repeated and nested', () => {
    const redacted = redactor.message(
      message({
        headers: [
          ['Authorization', 'Basic abc'],
          ['X-Auth-Token', Buffer.from('secret')],
          ['ok', 'fine'],
          ['table', { type: 'table', value: { inner: { api_key: 'no', 'x-api-key': 'secret' } } }],
        ],
        properties: { userId: 'me', replyTo: 'http://a:b@c/' },
      }),
    )
    expect(redacted.headers).toEqual([
      ['Authorization', '[redacted]'],
      ['X-Auth-Token', '[redacted]'],
      ['ok', 'fine'],
      ['table', { type: 'table', value: { inner: { api_key: 'no', 'x-api-key': '[redacted]' } } }],
    ])
    expect(redacted.properties).toEqual({ userId: 'me', replyTo: 'http://[redacted]@c/' })
  })

  test('an envelope without secrets is the very same bytes', () => {
    const envelope = encodeEnvelope(message({ value: '{"n":1}', headers: [['a', 'b']] }))
    expect(redactor.envelope(envelope)).toBe(envelope)
  })

  test('bytes that are not text are left as they are', () => {
    const value = Buffer.concat([Buffer.from('password=hunter2 '), Buffer.of(0x00, 0xff)])
    expect(redactor.message({ ...message({}), value }).value).toBe(value)
  })

  test('text that is not UTF-8 keeps its other bytes', () => {
    const redacted = redactor.payload(Buffer.from('{"place":"Zürich","password":"hunter2"}', 'latin1'))
    expect(redacted).toEqual(Buffer.from('{"place":"Zürich","password":"[redacted]"}', 'latin1'))
  })

  test('JSON behind the number of its schema or a byte order mark is looked into', () => {
    for (const head of [Buffer.of(0, 0, 0, 0, 7), Buffer.of(0, 0, 0, 0, 0xc8), Buffer.of(0xef, 0xbb, 0xbf)]) {
      const redacted = redactor.payload(Buffer.concat([head, Buffer.from('{"password":"hunter2"}')]))
      expect(Buffer.from(redacted)).toEqual(Buffer.concat([head, Buffer.from('{"password":"[redacted]"}')]))
    }
  })
})

describe('a secret with a name is left out wherever texts have names and values', () => {
  test.each([
    ['JSON in JSON', JSON.stringify({ body: JSON.stringify({ a: JSON.stringify({ password: 'hunter2' }) }) })],
    ['a connection string in JSON', JSON.stringify({ a: 'Module required user="u" password="hunter2";' })],
    ['an address in JSON in JSON', JSON.stringify({ a: JSON.stringify({ u: 'https://h/?token=hunter2' }) })],
    ['a value at the beginning of a text in JSON', '{"a":"password=hunter2 user=u"}'],
    ['the name and the value as members', '{"headers":[{"key":"Authorization","value":"hunter2"}]}'],
    ['JSON in lines', '{"a":1}\n{"password":"hunter2"}\n'],
    ['JSON behind a word', 'event {"password" : "hunter2", "pin_token":1234}'],
    ['JSON that is cut short', '{"password":"hunter2","b":'],
    ['what Python prints', "{'password': 'hunter2'}"],
    ['what JavaScript prints', '{ password: "hunter2", n: 1 }'],
    ['YAML', 'user: u\ndb:\n  password: hunter2\n'],
    ['properties', 'user = u\npassword = hunter2'],
    ['a request of HTTP', 'POST / HTTP/1.1\r\nX-Api-Key: hunter2\r\nCookie: sid=hunter2; a=b\r\n\r\n'],
    ['XML', '<a><wsse:Password Type="t">hunter2</wsse:Password></a>'],
    ['XML with a section', '<password><![CDATA[hunter2]]></password>'],
    ['an attribute', `<a b="c" password='hunter2'/>`],
    ['a part of a form', '--x\r\nContent-Disposition: form-data; name="password"\r\n\r\nhunter2\r\n--x--'],
    ['an option', 'run --db-password hunter2 --token=hunter2'],
    ['a fragment of an address', 'https://h/#access_token=hunter2'],
    ['Azure', 'Endpoint=sb://x/;SharedAccessKeyName=a;SharedAccessKey=hunter2='],
    ['a short name', '{"pwd":"hunter2"}'],
    ['Basic with few characters', 'curl: Basic dTpodW50ZXIy'],
  ])('%s', (_, value) => {
    const redacted = valueOf(value)
    expect(redacted).not.toMatch(/hunter2|dTpod/)
    expect(redacted).toContain('[redacted]')
    // What a program makes of a redacted value is compared with it.
    expect(valueOf(redacted)).toBe(redacted)
    if (value.startsWith('{"a":"') || value.startsWith('{"body"')) expect(() => JSON.parse(redacted)).not.toThrow()
  })

  test.each([
    'Basic Subscription, Basic TypeScript and Basic knowledge of bearer instruments',
    'the token: a word; passwords are long',
    '{"name":"paths","value":"a"}',
    'https://example.org/tokens/list?order=secretary',
    '<p>the secret of it</p>',
  ])('%s is prose', (value) => {
    expect(valueOf(value)).toBe(value)
  })
})

describe("a project's rules", () => {
  test('add to the default ones', () => {
    expect(
      valueOf('{"email":"a@b.c","card":{"no":"4111"},"list":[{"id":7},{"id":8}],"password":"x"}', {
        fields: ['email'],
        pointers: ['/card/no', '/list/*/id'],
        token: '***',
      }),
    ).toBe('{"email":"***","card":{"no":"***"},"list":[{"id":"***"},{"id":"***"}],"password":"***"}')
    expect(valueOf('call +49 170 1234567 now', { patterns: [String.raw`\+\d[\d ]{6,}\d`] })).toBe('call [redacted] now')
  })

  test("X07's sanitizer gives headers, token and a salt from the environment", () => {
    const sanitizer = {
      redact_headers: ['x-user'],
      redact_token: '-',
      stable_pseudonym_salt: 'env:SALT_OF_MINE',
    }
    const rules = joinRules(rulesOfSanitizer(sanitizer, { SALT_OF_MINE: 'sixteen characters' }))
    const [[, pseudonym] = []] = createRedactor(rules).message(message({ headers: [['X-User', 'me']] })).headers
    expect(pseudonym).toMatch(/^anon-[0-9a-f]{32}$/)
    expect(() => rulesOfSanitizer(sanitizer, {})).toThrow('set SALT_OF_MINE in the environment')
    expect(() => rulesOfSanitizer(sanitizer, { SALT_OF_MINE: 'short' })).toThrow('shorter than 16 characters')
  })
})

describe('pseudonyms', () => {
  const rules = { salt, fields: ['user'] }

  test('are the same for equal values, other for others, and stay what they are', () => {
    const [a, b, c] = ['{"user":"ann"}', '{"user":"ann"}', '{"user":"bob"}'].map((value) => valueOf(value, rules))
    expect(a).toBe(b)
    expect(a).not.toBe(c)
    expect(a).not.toContain('ann')
    expect(valueOf(a ?? '', rules)).toBe(a)
  })

  test('of keys fall into the partition of the key', () => {
    const keyed = createRedactor(joinRules({ salt, keys: 'pseudonym', partitions: 12 }))
    for (let n = 0; n < 50; n++) {
      const key = Buffer.from(`customer-${n}`)
      const pseudonym = keyed.message({ ...message({}), key }).key ?? Buffer.of()
      expect(Buffer.from(pseudonym).toString()).toMatch(/^anon-/)
      expect(murmur2Partition(pseudonym, 12)).toBe(murmur2Partition(key, 12))
      expect(keyed.message({ ...message({}), key: pseudonym }).key).toEqual(pseudonym)
    }
  })

  // The values of Kafka's own test, org.apache.kafka.common.utils.UtilsTest.
  test.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ])('the hash is the one of Kafka: %s', (key, hash) => {
    const partitions = 2_147_483_647
    expect(murmur2Partition(Buffer.from(key), partitions)).toBe((hash & 0x7fffffff) % partitions)
  })

  test('need a salt for keys', () => {
    expect(() => createRedactor(joinRules({ keys: 'pseudonym' }))).toThrow('there is no salt')
  })
})

describe('an entry', () => {
  const op = 'std.msg.kafka.publish_env_v1'

  test('is without the secret in request and response', () => {
    const req = encodeEnvelope(message({ value: '{"password":"hunter2"}' }))
    const endpoint = Buffer.from('e')
    const record = { opTag: 1, driverKind: 1, endpoint, envelope: req, ackTag: 1, ack: Buffer.from('{"token":"abc"}') }
    const fields = redactor.entry({ kind: 'rr', op, key: 'e', req, resp: encodeRecord(record) })
    expect(Buffer.from(decodeEnvelope(fields.req).value ?? []).toString()).toBe('{"password":"[redacted]"}')
    expect(decodeRecord(fields.resp).envelope).toEqual(Buffer.from(fields.req))
    expect(Buffer.from(decodeRecord(fields.resp).ack).toString()).toBe('{"token":"[redacted]"}')
  })

  test('of a failure is without the credentials in its text', () => {
    const resp = Buffer.from('connect to amqp://me:pw@host: refused')
    const fields = redactor.entry({ kind: 'rr', op, key: 'e', req: Buffer.of(), resp, err: 9907 })
    expect(Buffer.from(fields.resp).toString()).toBe('connect to amqp://[redacted]@host: refused')
  })

  test('of another operation is left alone', () => {
    const fields = { kind: 'rr', op: 'other', key: 'e', req: Buffer.from('password=x'), resp: Buffer.of() }
    expect(redactor.entry(fields)).toBe(fields)
  })
})

test('no text takes quadratic time', () => {
  const texts = ['a'.repeat(1_000_000), `"${'token'.repeat(200_000)}`, 'a=b&'.repeat(250_000), '\\'.repeat(1_000_000)]
  for (const text of texts) expect(redactor.text(text)).toBe(text)
  for (const piece of ['"token":"', 'token="', '\ntoken:\n', 'name="token"\r\n', '<token>', '{"a":"{\\"']) {
    redactor.text(piece.repeat(50_000))
  }
})
