/** The folder under the root that holds all cassettes. */
export const CASSETTE_FOLDER = '.x07_rr'
