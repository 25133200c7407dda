import { PassThrough } from 'node:stream';
import { askSecret } from './input.js';

/** A terminal on which somebody types. */
class TestTerminal {
  readonly stdin = Object.assign(new PassThrough(), {
    setRawMode: (raw: boolean) => {
      this.seen += raw ? '<raw>' : '<shown>';
      return this.stdin;
    },
  }) as PassThrough & typeof process.stdin;
  readonly stderr = { write: (text: string) => (this.seen += text) } as unknown as typeof process.stderr;
  seen = '';
}

let terminal: TestTerminal;
beforeEach(() => (terminal = new TestTerminal()));

const ask = (question = 'Q? '): Promise<string> => askSecret(question, terminal);

it('answers the line that was typed, with what was taken back, and shows nothing of it', async () => {
  const answer = ask('Password: ');
  for (const key of ['g', 'x', '\u007f', 'eh', '🐎!', '\u007f\u007f', 'eim\u0007', 'é', '\r'])
    terminal.stdin.write(key);
  expect(await answer).toBe('geheimé');
  expect(terminal.seen).toBe('<raw>Password: <shown>\n');
});

it('asks again on the same terminal', async () => {
  const first = ask();
  terminal.stdin.write('one\r');
  expect(await first).toBe('one');
  const second = ask();
  terminal.stdin.write('two\r');
  expect(await second).toBe('two');
});

it('takes what was typed ahead as the next answer', async () => {
  terminal.stdin.write('one\rtwo\r');
  expect([await ask(), await ask()]).toEqual(['one', 'two']);
});

it('forgets the line at Ctrl-U', async () => {
  terminal.stdin.write('wrong\u0015right\n');
  expect(await ask()).toBe('right');
});

it.each([
  ['Ctrl-C', '\u0003'],
  ['Ctrl-D', '\u0004'],
])('is interrupted by %s, as by the end of the input, and shows again what is typed', async (_, key) => {
  terminal.stdin.write(`half${key}`);
  await expect(ask()).rejects.toMatchObject({ status: 130 });
  expect(terminal.seen).toMatch(/<shown>\n$/);
  terminal.stdin.end();
  await expect(ask()).rejects.toMatchObject({ status: 130 });
});
