// One keep-alive connection that does as little as possible, so that the load generator does not measure itself.
import { connect } from 'node:net';

/**
 * @typedef {object} Answer
 * @property {number} status
 * @property {string} head
 * @property {string} body
 */

/** As Fastify writes it: a search without regard to case costs more than the request. */
const LENGTH = '\r\ncontent-length: ';

export class HttpClient {
  received = '';
  /** @type {((answer: Answer) => void) | undefined} */
  answered;
  /** @type {((error: Error) => void) | undefined} */
  failed;

  /** @param {number} port */
  constructor(port) {
    this.socket = connect(port, '127.0.0.1').setNoDelay();
    this.socket.on('data', (chunk) => this.receive(chunk.toString('latin1')));
    this.socket.on('error', (error) => this.failed?.(error));
    this.socket.on('close', () => this.failed?.(new Error('the connection was closed')));
  }

  /** @param {string} request as it goes over the wire @returns {Promise<Answer>} */
  send(request) {
    return new Promise((answered, failed) => {
      this.answered = answered;
      this.failed = failed;
      this.socket.write(request, 'latin1');
    });
  }

  close() {
    this.failed = undefined;
    this.socket.destroy();
  }

  /** @param {string} text */
  receive(text) {
    this.received += text;
    const end = this.received.indexOf('\r\n\r\n');
    if (end < 0) return;
    const head = this.received.slice(0, end + 2);
    const at = head.indexOf(LENGTH);
    if (at < 0) return this.failed?.(new Error(`an answer without content-length: ${head}`));
    const length = Number.parseInt(head.slice(at + LENGTH.length), 10);
    const start = end + 4;
    if (this.received.length < start + length) return;
    const body = this.received.slice(start, start + length);
    this.received = this.received.slice(start + length);
    this.answered?.({ status: Number(head.slice(9, 12)), head, body });
  }
}

/** @param {string} path @param {Record<string, string>} [headers] */
export function get(path, headers = {}) {
  return `GET ${path} HTTP/1.1\r\nHost: bench.example\r\n${lines(headers)}\r\n`;
}

/** @param {string} path @param {string} body @param {Record<string, string>} [headers] */
export function post(path, body, headers = {}) {
  const all = { 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': body.length, ...headers };
  return `POST ${path} HTTP/1.1\r\nHost: bench.example\r\n${lines(all)}\r\n${body}`;
}

/** @param {Record<string, string | number>} headers */
function lines(headers) {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
}
