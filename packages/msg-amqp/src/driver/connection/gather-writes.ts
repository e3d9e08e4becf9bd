interface Muxer {
  _readIncoming(): void
}

interface Stream {
  cork(): void
  uncork(): void
}

/**
 * Makes all frames of one turn leave in one write. amqplib 2.3.1 gives every frame to the socket by itself, and each is a
 * system call; its multiplexer runs once a turn, so that is where the socket is held. Where a connection is built otherwise
 * nothing changes but the speed.
 */
export function gatherWrites(connection: object): void {
  if (!isMuxed(connection)) return
  const { muxer, stream } = connection
  const readIncoming = muxer._readIncoming.bind(muxer)
  muxer._readIncoming = () => {
    stream.cork()
    try {
      readIncoming()
    } finally {
      stream.uncork()
    }
  }
}

function isMuxed(connection: object): connection is { readonly muxer: Muxer; readonly stream: Stream } {
  const { muxer, stream } = connection as { readonly muxer?: Partial<Muxer>; readonly stream?: Partial<Stream> }
  return (
    typeof muxer?._readIncoming === 'function' &&
    typeof stream?.cork === 'function' &&
    typeof stream.uncork === 'function'
  )
}
