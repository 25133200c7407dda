// A protected resource that tokens can be bound to, as the protocol reads it.
// @see RFC 8707 §2 https://www.rfc-editor.org/rfc/rfc8707#section-2

/** A protected resource that tokens can be bound to (RFC 8707 §2). */
export interface Resource {
  /** An absolute URI. */
  identifier: string;
  /** The name that people see. */
  name: string;
  scopes: readonly string[];
  /** Absent: the client's or the server's format. */
  accessTokenFormat?: string;
  /** Clients that may introspect tokens bound to it. */
  introspectionClients: readonly string[];
}
