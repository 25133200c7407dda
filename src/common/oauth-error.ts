// Every error code of the protocol, one class each: protocol code throws nothing else.
// @see RFC 6749 §4.1.2.1, §5.2 https://www.rfc-editor.org/rfc/rfc6749#section-5.2

/** Further parts of an {@link OAuthError}. */
export interface OAuthErrorDetails {
  /** Response headers that the specification demands with this error. */
  headers?: Record<string, string>;
  /** What really happened: for the log, never for the client. */
  reason?: string;
  /** Further members of the JSON body, e.g. `max_age` of RFC 9470. */
  members?: Record<string, string | number>;
}

/**
 * An error answer of the protocol.
 *
 * @example throw new InvalidGrantError('The code has expired.', { reason: `code of client ${client.id}` });
 */
export class OAuthError extends Error {
  /** Human-readable text for the client's developer, restricted to the characters of RFC 6749 §5.2. */
  readonly description: string | undefined;

  constructor(
    /** The registered error code, e.g. `invalid_grant`. */
    readonly code: string,
    /** HTTP status when it is answered directly. */
    readonly status: number,
    description?: string,
    readonly details: OAuthErrorDetails = {},
  ) {
    super(description ?? code);
    this.name = new.target.name;
    // RFC 6749 §5.2: error_description holds only %x20-21 / %x23-5B / %x5D-7E.
    this.description = description?.replace(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, "'");
  }
}

function errorClass(code: string, status: number) {
  return class extends OAuthError {
    constructor(description?: string, details?: OAuthErrorDetails) {
      super(code, status, description, details);
    }
  };
}

/** RFC 6749 §5.2: a parameter is missing, malformed, repeated, or the request makes no sense. */
export class InvalidRequestError extends errorClass('invalid_request', 400) {}
/** RFC 6749 §5.2: code, refresh token or other grant is invalid, expired, used or another client's. */
export class InvalidGrantError extends errorClass('invalid_grant', 400) {}
/** RFC 6749 §5.2: the client is not registered for what it asks. */
export class UnauthorizedClientError extends errorClass('unauthorized_client', 400) {}
/** RFC 6749 §5.2. */
export class UnsupportedGrantTypeError extends errorClass('unsupported_grant_type', 400) {}
/** RFC 6749 §4.1.2.1. */
export class UnsupportedResponseTypeError extends errorClass('unsupported_response_type', 400) {}
/** RFC 6749 §5.2: unknown scope, or one that the client, the user or the resource does not allow. */
export class InvalidScopeError extends errorClass('invalid_scope', 400) {}
/** RFC 8707 §2: unknown or unacceptable resource. */
export class InvalidTargetError extends errorClass('invalid_target', 400) {}
/** RFC 6749 §4.1.2.1: the user or the server said no. */
export class AccessDeniedError extends errorClass('access_denied', 403) {}
/** RFC 7009 §2.2.1. */
export class UnsupportedTokenTypeError extends errorClass('unsupported_token_type', 400) {}
/** RFC 6749 §4.1.2.1: something broke on our side. */
export class ServerError extends errorClass('server_error', 500) {}
/** OIDC Core §3.1.2.6: prompt=none, but nobody is signed in. */
export class LoginRequiredError extends errorClass('login_required', 400) {}
/** OIDC Core §3.1.2.6: prompt=none, but consent is missing. */
export class ConsentRequiredError extends errorClass('consent_required', 400) {}
/** OpenID Connect Core Error Code unmet_authentication_requirements 1.0. */
export class UnmetAuthenticationRequirementsError extends errorClass('unmet_authentication_requirements', 400) {}
/** RFC 9101 §7, OIDC Core §3.1.2.6: no JWT, not the client's, or with parameters that it must not have. */
export class InvalidRequestObjectError extends errorClass('invalid_request_object', 400) {}
/** RFC 9101 §7, OIDC Core §3.1.2.6: not registered, or nothing is there. */
export class InvalidRequestUriError extends errorClass('invalid_request_uri', 400) {}
/** RFC 9101 §7, OIDC Core §3.1.2.6: switched off. */
export class RequestNotSupportedError extends errorClass('request_not_supported', 400) {}
/** RFC 9101 §7, OIDC Core §3.1.2.6: switched off. */
export class RequestUriNotSupportedError extends errorClass('request_uri_not_supported', 400) {}
/** RFC 8628 §3.5: the user has not decided yet. */
export class AuthorizationPendingError extends errorClass('authorization_pending', 400) {}
/** RFC 8628 §3.5: the user has not decided yet, and the device asks too often. */
export class SlowDownError extends errorClass('slow_down', 400) {}
/** RFC 8628 §3.5: the device code has expired. */
export class ExpiredTokenError extends errorClass('expired_token', 400) {}
/** RFC 7591 §3.2.2. */
export class InvalidRedirectUriError extends errorClass('invalid_redirect_uri', 400) {}
/** RFC 7591 §3.2.2. */
export class InvalidClientMetadataError extends errorClass('invalid_client_metadata', 400) {}
/** RFC 7591 §3.2.2: the statement is malformed, or its signature is not good. */
export class InvalidSoftwareStatementError extends errorClass('invalid_software_statement', 400) {}
/** RFC 7591 §3.2.2: nobody whom this server trusts has signed it. */
export class UnapprovedSoftwareStatementError extends errorClass('unapproved_software_statement', 400) {}

/** RFC 6749 §4.1.2.1: try again; with `Retry-After` in seconds. */
export class TemporarilyUnavailableError extends OAuthError {
  constructor(description: string, retryAfter: number, reason?: string) {
    super('temporarily_unavailable', 503, description, { headers: { 'retry-after': String(retryAfter) }, reason });
  }
}

/** RFC 6749 §5.2: client authentication failed; always 401 with a Basic challenge. */
export class InvalidClientError extends OAuthError {
  constructor(reason?: string) {
    super('invalid_client', 401, 'Client authentication failed.', {
      headers: { 'www-authenticate': 'Basic realm="OAuth", charset="UTF-8"' },
      reason,
    });
  }
}

/** The request's method is not one of the endpoint's (RFC 9110 §15.5.6). */
export class MethodNotAllowedError extends OAuthError {
  constructor(methods: readonly string[]) {
    super('invalid_request', 405, `Use ${methods.join(' or ')} for this endpoint.`, {
      headers: { allow: methods.join(', ') },
    });
  }
}
