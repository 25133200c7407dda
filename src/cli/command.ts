// How every command is declared: what it does, its options, and examples that can be copied.
import { Command } from 'commander';
import { commandLine } from '../config/command-line.js';

export interface CommandSettings {
  /** E.g. `create <username>`. */
  usage: string;
  description: string;
  /** What it does, and how it is called: without the name of the program. */
  examples: Readonly<Record<string, string>>;
}

/** A command that prints for people, and with `--json` for programs. */
export function command({ usage, description, examples }: CommandSettings): Command {
  const [name, ...parameters] = usage.split(' ');
  const made = new Command(name);
  for (const parameter of parameters) made.argument(parameter);
  return made.description(description).option('--json', 'print JSON').addHelpText('after', exampleText(examples));
}

/** Commands about one thing. */
export function group(name: string, description: string, commands: readonly Command[]): Command {
  const parent = new Command(name).description(description);
  for (const one of commands) parent.addCommand(one);
  return parent;
}

/** Collects the values of an option that may be given several times, or once with commas. */
export function list(value: string, previous: string[] = []): string[] {
  return [...previous, ...value.split(',').filter(Boolean)];
}

/** Collects the values of an option that may be given several times. */
export function repeated(value: string, previous: string[] = []): string[] {
  return [...previous, value];
}

function exampleText(examples: CommandSettings['examples']): string {
  const program = commandLine();
  const lines = Object.entries(examples).map(([what, how]) => `  # ${what}\n  ${how.replaceAll('$0', program)}`);
  return `\nExamples:\n${lines.join('\n\n')}`;
}
