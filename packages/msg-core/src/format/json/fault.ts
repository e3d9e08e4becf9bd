/** The names of everything that can be wrong with a JSON text. */
export type JsonFault =
  | 'invalid_utf8'
  | 'byte_order_mark'
  | 'unexpected_end'
  | 'unexpected_character'
  | 'bad_escape'
  | 'control_character'
  | 'lone_surrogate'
  | 'duplicate_key'
  | 'too_deep'
