/** The entries of AMQP at the socket; one event each, in the order in which the program saw them. */
export const ops = {
  /** `req`: canonical JSON `{"host","nth","port","tls"}`. */
  dial: 'std.msg.amqp.client_dial_v1',
  /** `resp`: empty, or the TLS facts as canonical JSON. */
  up: 'std.msg.amqp.server_up_v1',
  /** `req`: a stored command. */
  client: 'std.msg.amqp.client_cmd_v1',
  /** `resp`: a stored command. */
  server: 'std.msg.amqp.server_cmd_v1',
  /** `err` 0: the broker ended its side; 1: the connection broke or was never made, `resp` is the failure's text. */
  end: 'std.msg.amqp.server_end_v1',
} as const

export const opsPrefix = 'std.msg.amqp.'

/** Key of a connection's entries, numbered from 1 in the order in which the program dialled; with a channel, of its commands. */
export function laneKey(connection: number, channel?: number): string {
  return channel === undefined ? `amqp#${connection}` : `amqp#${connection}/${channel}`
}

/** Reads {@link laneKey} back; undefined for another key. */
export function readLaneKey(key: string): { readonly connection: number; readonly channel: number } | undefined {
  const match = /^amqp#(\d+)(?:\/(\d+))?$/.exec(key)
  return match === null ? undefined : { connection: Number(match[1]), channel: Number(match[2] ?? 0) }
}
