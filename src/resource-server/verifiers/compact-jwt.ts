// The parts of a JWT in the compact serialization, before anything in it is believed.
// @see RFC 7519 §3, RFC 7515 §7.1 https://www.rfc-editor.org/rfc/rfc7519#section-3

/** Header `{"…` in base64url, and two dots. */
const COMPACT = /^eyJ[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

/** The `iss` that a JWT claims to be of; undefined when the text is no JWT, or names none. */
export function issuerOf(token: string): string | undefined {
  if (!COMPACT.test(token)) return undefined;
  const issuer = jsonOf(token.slice(token.indexOf('.') + 1, token.lastIndexOf('.')))?.iss;
  return typeof issuer === 'string' ? issuer : undefined;
}

/** A part as the JSON object that it encodes. */
export function jsonOf(part: string): Record<string, unknown> | undefined {
  try {
    const json: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    return typeof json === 'object' && json !== null && !Array.isArray(json)
      ? (json as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
