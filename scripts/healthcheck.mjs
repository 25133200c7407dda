// HEALTHCHECK of the image: status 0 when this container's server is ready, below the path of its issuer.
const { PORT = '3000', ISSUER = 'http://localhost' } = process.env;

try {
  const path = new URL(ISSUER).pathname.replace(/\/$/, '');
  const response = await fetch(`http://127.0.0.1:${PORT}${path}/health/ready`, { signal: AbortSignal.timeout(4000) });
  process.exitCode = response.ok ? 0 : 1;
} catch {
  process.exitCode = 1;
}
