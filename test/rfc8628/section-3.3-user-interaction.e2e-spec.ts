// The user at the device page: enters the code, compares it, decides; and those who try what is not theirs.
// @see RFC 8628 §3.3, §5.1, §5.4 https://www.rfc-editor.org/rfc/rfc8628#section-3.3
import { CLIENTS } from '../support/fixtures.js';
import { signUp, submit } from '../support/flow.js';
import { hasId, textOf } from '../support/html.js';
import { CookieJar, postForm } from '../support/http.js';
import { sharedServer } from '../support/server.js';
import { formOf, open, press } from '../pages/browse.js';
import { decide, enter, poll, requestDevice, startDevice } from './device.js';

const server = sharedServer();

it('asks for the sign-in first, and comes back with the code (§3.3.1)', async () => {
  const { username, password } = await signUp(server);
  const { user_code } = await startDevice(server);
  const jar = new CookieJar();
  const page = await open(server, jar, `/device?user_code=${user_code}`);
  expect(new URL(page.at).pathname).toBe('/sign-in');
  const back = await press(server, jar, page, 'sign-in', { username, password });
  expect(formOf(back, 'device').fields.user_code).toBe(user_code);
});

it('names the client, what it asks for and the code, also to whoever has consented before (§5.4)', async () => {
  const { jar } = await signUp(server);
  await decide(server, jar, await startDevice(server));
  const device = await startDevice(server);
  const page = await enter(server, jar, device.user_code.toLowerCase().replace('-', ' '));
  expect(page.html).toContain('Television');
  expect(page.html).toContain('Read your things');
  expect(textOf(page.html, 'device-user-code')).toBe(device.user_code);
  expect(textOf(page.html, 'device-caution')).toContain('do not allow it');
  expect((await poll(server, device)).body.error).toBe('authorization_pending');
  const done = await press(server, jar, page, 'device-confirm', { decision: 'allow' });
  expect(hasId(done.html, 'device-allowed')).toBe(true);
  expect((await poll(server, device)).status).toBe(200);
});

it.each(['', 'WDJB', 'WDJB-MJHT', '<b>x</b>'])('says beside the field that %j is no code', async (typed) => {
  const { jar } = await signUp(server);
  const page = await enter(server, jar, typed);
  expect(page.status).toBe(400);
  expect(hasId(page.html, 'user_code-error')).toBe(true);
});

it('of two users who decide at once one does, and a second decision changes nothing', async () => {
  const [one, two] = [await signUp(server), await signUp(server)];
  const device = await startDevice(server);
  const pages = [await enter(server, one.jar, device.user_code), await enter(server, two.jar, device.user_code)];
  const answers = await Promise.all([
    submit(server, one.jar, formOf(pages[0], 'device-confirm'), { decision: 'allow' }),
    submit(server, two.jar, formOf(pages[1], 'device-confirm'), { decision: 'allow' }),
  ]);
  expect(answers.map(({ status }) => status).sort()).toEqual([303, 400]);
  const again = await submit(server, one.jar, formOf(pages[0], 'device-confirm'), { decision: 'deny' });
  expect(again.status).toBe(400);
  expect((await poll(server, device)).status).toBe(200);
});

it('takes the decision only in the session that entered the code, with its form', async () => {
  const [one, two] = [await signUp(server), await signUp(server)];
  const device = await startDevice(server);
  const page = await enter(server, one.jar, device.user_code);
  expect((await open(server, two.jar, new URL(page.at).pathname + new URL(page.at).search)).status).toBe(400);
  const { fields } = formOf(page, 'device-confirm');
  const forged = await postForm(`${server.url}/device`, { ...fields, decision: 'allow' }, { cookie: two.jar.header() });
  expect(forged.status).toBe(403);
  expect((await poll(server, device)).body.error).toBe('authorization_pending');
});

it('slows down whoever guesses, also with right codes between (§5.1)', async () => {
  const { jar } = await signUp(server);
  const statuses = [];
  for (let times = 0; times < 6; times++) {
    statuses.push((await enter(server, jar, 'BBBB-BBBB')).status);
    if (times === 2) expect((await enter(server, jar, (await startDevice(server)).user_code)).status).toBe(200);
  }
  expect(statuses).toEqual([400, 400, 400, 400, 400, 429]);
  expect((await requestDevice(server, CLIENTS.tv)).status).toBe(200);
});
