/** Entry `kind` of what is recorded at the socket. */
export const entryKind = 'rr'
