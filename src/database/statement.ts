// Prepared statements: hot SQL has a name, so that PostgreSQL parses and plans it once per connection.

/** SQL with a name of its own; made by `statement`. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

// PostgreSQL cuts longer names off.
const LONGEST_NAME = 63;

const texts = new Map<string, string>();

/**
 * Names a statement. Make it once, at the top of the repository's file.
 *
 * @example const FIND = statement('client.find', 'SELECT … FROM clients WHERE client_id = $1');
 * @throws Error when another statement has the name
 */
export function statement(name: string, text: string): Statement {
  if (name.length > LONGEST_NAME)
    throw new Error(`The statement name ${name} is longer than ${LONGEST_NAME} characters.`);
  if ((texts.get(name) ?? text) !== text) throw new Error(`Two statements are called ${name}.`);
  texts.set(name, text);
  return Object.freeze({ name, text });
}
