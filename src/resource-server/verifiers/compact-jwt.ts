// The parts of a JWT in the compact serialization, before anything in it is believed.
// @see RFC 7519 §3, RFC 7515 §7.1 https://www.rfc-editor.org/rfc/rfc7519#section-3

/** A JWT by its form alone: nobody has looked at its signature. */
export interface UnverifiedJwt {
  /** The header, encoded. */
  header: string;
  payload: Readonly<Record<string, unknown>>;
  /** What the signature is of: header and payload, encoded. */
  signed: string;
  /** Encoded. */
  signature: string;
}

/** Header `{"…` in base64url, and two dots. */
const COMPACT = /^eyJ[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

/** @returns undefined when the text is no JWS in the compact serialization whose payload is a JSON object */
export function readJwt(token: string): UnverifiedJwt | undefined {
  if (!COMPACT.test(token)) return undefined;
  const first = token.indexOf('.');
  const last = token.lastIndexOf('.');
  const payload = jsonOf(token.slice(first + 1, last));
  return (
    payload && {
      header: token.slice(0, first),
      payload,
      signed: token.slice(0, last),
      signature: token.slice(last + 1),
    }
  );
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
