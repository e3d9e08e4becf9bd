/**
 * Where the fields of one entry document are, filled by `scanEntry`: positions are absolute in the scanned bytes,
 * a position of -1 means that the field is absent. One object serves any number of scans.
 */
export class EntryScan {
  kindAt = -1
  kindLength = 0
  opAt = -1
  opLength = 0
  keyAt = -1
  keyLength = 0
  reqAt = -1
  reqLength = 0
  respAt = -1
  respLength = 0
  errAt = -1
  errLength = 0
  latencyAt = -1
  /** Ticks; 0 where the entry says nothing. */
  latencyTicks = 0
  seqAt = -1
  seqLength = 0
  vAt = -1
  vLength = 0
  /** After a failed scan: the byte at which it failed and what is wrong there. */
  failedAt = -1
  problem = ''
}
