// Why an outbound request came to nothing: a word for the caller and the log. No address is in it: whoever steers the
// request would learn about the network behind the server.

/**
 * `refused`: not a URL or an address that the server connects to. `busy`: too many at once. `unreachable`: no name, no
 * connection, no TLS, no HTTP. `timed_out`. `redirected`. `status`: not what was asked for. `too_large`. `encoded`: in a
 * content coding that was not asked for.
 */
export type OutboundFailure =
  'refused' | 'busy' | 'unreachable' | 'timed_out' | 'redirected' | 'status' | 'too_large' | 'encoded';

export class OutboundError extends Error {
  constructor(readonly failure: OutboundFailure) {
    super(`Outbound request: ${failure}`);
    this.name = 'OutboundError';
  }
}
