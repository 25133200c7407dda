// The certificate and the private key with which the server itself serves https.
// @see RFC 8446 §4.4.2, RFC 9325 §3.1 https://www.rfc-editor.org/rfc/rfc9325#section-3.1
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';

/** Where they are. */
export interface TlsFiles {
  certFile: string;
  keyFile: string;
}

/** Both as PEM: the certificate of the server first, then those up to the authority. */
export interface TlsCredentials {
  cert: string;
  key: string;
}

/** Reads both; adds a fault for whatever keeps the server from using them, never with their content. */
export function readTls({ certFile, keyFile }: TlsFiles, faults: string[]): TlsCredentials | undefined {
  const cert = read('TLS_CERT_FILE', certFile, faults);
  const key = read('TLS_KEY_FILE', keyFile, faults);
  if (cert === undefined || key === undefined) return undefined;
  const certificate = attempt(() => new X509Certificate(cert));
  const privateKey = attempt(() => createPrivateKey(key));
  if (!certificate) faults.push('TLS_CERT_FILE must hold a certificate in PEM.');
  if (!privateKey) faults.push('TLS_KEY_FILE must hold a private key in PEM, without a passphrase.');
  if (!certificate || !privateKey) return undefined;
  const problem = problemOf(certificate, privateKey, { cert, key });
  if (problem) faults.push(problem);
  return problem ? undefined : { cert, key };
}

function problemOf(certificate: X509Certificate, key: KeyObject, credentials: TlsCredentials): string | undefined {
  if (!certificate.checkPrivateKey(key)) return 'TLS_KEY_FILE is not the key of the certificate in TLS_CERT_FILE.';
  // What TLS itself has against them: a chain that is no PEM, a key that is too short.
  return attempt(() => createSecureContext({ ...credentials }))
    ? undefined
    : 'TLS_CERT_FILE and TLS_KEY_FILE cannot be used for TLS: is the key long enough, and the chain complete PEM?';
}

function read(name: string, file: string, faults: string[]): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    faults.push(`${name} cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown error'}.`);
    return undefined;
  }
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
