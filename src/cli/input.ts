// What commands read: secrets from standard input or without echo, never from arguments, which every process can see.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { Failure, UsageError } from './failure.js';

/** Of a process that ended by Ctrl-C. */
const INTERRUPTED = 130;

/** Does a person sit there who can be asked? */
export function isInteractive(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY;
}

/** The first line of standard input. @throws UsageError when there is none */
export function readSecretLine(what: string): string {
  const [line = ''] = readFileSync(0, 'utf8').split(/\r?\n/);
  if (line === '') throw new UsageError(`Standard input holds no ${what}.`);
  return line;
}

/** What a terminal has beside the streams. */
type Terminal = Pick<typeof process, 'stdin' | 'stderr'>;

/** Asks without showing what is typed; the question goes to standard error. */
export async function askSecret(question: string, { stdin, stderr }: Terminal = process): Promise<string> {
  // Before the question: who answers at once is not shown either.
  stdin.setRawMode(true).setEncoding('utf8');
  stderr.write(question);
  let typed = '';
  try {
    // Not `of stdin`, which would end with its loop: there may be another question.
    for await (const chunk of stdin.iterator({ destroyOnReturn: false }) as AsyncIterable<string>) {
      for (const [index, character] of [...chunk].entries()) {
        if (character === '\r' || character === '\n') {
          // What was typed ahead answers the next question.
          const rest = [...chunk].slice(index + 1).join('');
          if (rest !== '') stdin.unshift(rest, 'utf8');
          return typed;
        }
        if (character === '\u0003' || character === '\u0004') throw new Interrupted();
        if (character === '\u007f' || character === '\b') typed = [...typed].slice(0, -1).join('');
        else if (character === '\u0015') typed = '';
        else if (character >= ' ') typed += character;
      }
    }
    throw new Interrupted();
  } finally {
    stdin.setRawMode(false).pause();
    stderr.write('\n');
  }
}

/** A yes or no question. */
export async function confirm(question: string): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await lines.question(`${question} [y/N] `)).trim());
  } catch {
    throw new Interrupted();
  } finally {
    lines.close();
  }
}

class Interrupted extends Failure {
  override readonly status = INTERRUPTED;

  constructor() {
    super('Interrupted; nothing was done.');
  }
}
