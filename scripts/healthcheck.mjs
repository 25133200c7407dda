// HEALTHCHECK of the image: status 0 when this container's server is ready, below the path of its issuer.
import { get as getHttp } from 'node:http';
import { get as getHttps } from 'node:https';

const { PORT = '3000', ISSUER = 'http://localhost', TLS_CERT_FILE } = process.env;

/** @returns {Promise<number | undefined>} */
function statusOfReady() {
  const path = new URL(ISSUER).pathname.replace(/\/$/, '');
  // It never leaves the container: the certificate is for the name that clients know.
  const options = { host: '127.0.0.1', port: PORT, path: `${path}/health/ready`, rejectUnauthorized: false };
  return new Promise((done, fail) => {
    const request = (TLS_CERT_FILE ? getHttps : getHttp)(
      { ...options, signal: AbortSignal.timeout(4000) },
      (response) => {
        response.resume();
        done(response.statusCode);
      },
    );
    request.on('error', fail);
  });
}

try {
  process.exitCode = (await statusOfReady()) === 200 ? 0 : 1;
} catch {
  process.exitCode = 1;
}
