// Tells the page of a client whether the sign-in that it knows of still stands in this browser.

const { cookie } = document.currentScript.dataset;
const MESSAGE = /^(.+) ([0-9a-f]{64})\.([\w-]+)$/;
/** Empty where the browser does not say who embeds this page. */
const embedder = location.ancestorOrigins?.[0] ?? (document.referrer && new URL(document.referrer).origin);

function browserState() {
  for (const pair of document.cookie.split(';')) {
    const [name, value] = pair.trim().split('=');
    if (name === cookie) return value;
  }
  return '';
}

async function answerTo(message, origin) {
  const [, clientId, expected, salt] = MESSAGE.exec(message) ?? [];
  if (clientId === undefined) return 'error';
  const text = new TextEncoder().encode(`${clientId} ${origin} ${browserState()} ${salt}`);
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', text));
  const found = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return found === expected ? 'unchanged' : 'changed';
}

addEventListener('message', async ({ data, origin, source }) => {
  // Only frames of the site that embeds this page may ask.
  if (!source || origin === 'null' || (embedder && origin !== embedder)) return;
  const answer = typeof data === 'string' ? await answerTo(data, origin).catch(() => 'error') : 'error';
  source.postMessage(answer, origin);
});
