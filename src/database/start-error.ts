// Why the database cannot be used, in a sentence for whoever runs the server: shown without a stack.

/** The database does not start, does not answer, or refuses; the message says what to change. */
export class DatabaseStartError extends Error {
  override readonly name = 'DatabaseStartError';
}
