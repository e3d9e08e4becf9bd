import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { isLive, livePorts } from '../faults/support/live.ts'
import { createProject } from '../support/project.ts'

const user = 'nobody-in-particular'
const password = 'correct-Horse-9-battery'

describe.skipIf(!(await isLive('amqp')))('a login that RabbitMQ refuses', () => {
  test('ends a recording with one line that shows no secret, and leaves the one before as it was', async () => {
    using project = createProject()
    expect(await project.process(['record', '--driver', 'memory', '--messages', '2'])).toMatchObject({ code: 0 })
    const before = project.read('.x07_rr/lab.rrbin')
    const profile = 'arch/msg/amqp/profiles/local_amqp_v1.amqp_profile.json'
    const auth = '"auth": {"username_secret_id": "lab_user", "password_secret_id": "lab_password"}'
    project.edit(profile, '"vhost"', `${auth}, "vhost"`)
    const policy = 'arch/policy/os_record.policy.json'
    project.edit(policy, '"allow_keys": []', '"allow_keys": ["X07_SECRET_LAB_USER", "X07_SECRET_LAB_PASSWORD"]')
    if (livePorts.amqp !== 5672)
      for (const file of [profile, policy]) project.edit(file, '5672', String(livePorts.amqp))

    const env = { X07_SECRET_LAB_USER: user, X07_SECRET_LAB_PASSWORD: password, X07_LAB_DEBUG: '1' }
    const ran = await project.process(['record', '--driver', 'amqp', '--json'], { env })
    expect(ran).toEqual({
      code: 3,
      stdout: '',
      stderr:
        `lab: open broker local_amqp_v1 at 127.0.0.1:${livePorts.amqp}: the broker answered 403 ACCESS_REFUSED - Login was ` +
        'refused using authentication mechanism PLAIN. For details see the broker logfile.; check the user and password that ' +
        'the profile names by secret id\n',
    })
    for (const secret of [user, password]) {
      expect(ran.stderr).not.toContain(secret)
      expect(ran.stderr).not.toContain(Buffer.from(secret).toString('base64'))
    }
    expect(readdirSync(project.path('.x07_rr'))).toEqual(['lab.rrbin'])
    expect(project.read('.x07_rr/lab.rrbin').equals(before)).toBe(true)
  })
})
