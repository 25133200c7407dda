// The users of a host application: numbered, in a list of its own, known to the server by its @UserStore.
import { type StoreUser, UserStore } from '../../src/index.js';

export interface Person {
  number: number;
  nick: string;
  password: string;
  mail?: string;
  fullName?: string;
  banned?: boolean;
  roles?: string[];
}

/** How often what was asked. */
export const asked = { find: 0, verifyPassword: 0 };

export const people = new Map<string, Person>();

/** What the store answers instead of a person, where a test wants nonsense. */
export const answers = new Map<string, unknown>();

/** What happens while the store looks at a password. */
export const meanwhile: { work?: () => Promise<void> } = {};

export const ADA = { number: 42, nick: 'ada', password: 'analytical engine', mail: 'ada@people.example' };
export const GRACE = { number: 7, nick: 'grace', password: 'nanosecond wire', fullName: 'Grace Hopper' };

/** As in the beginning. */
export function populate(): void {
  people.clear();
  answers.clear();
  meanwhile.work = undefined;
  for (const person of [ADA, GRACE]) people.set(String(person.number), { ...person });
}

/** What the pages are given. */
export const credentials = ({ nick: username, password }: Person): { username: string; password: string } => ({
  username,
  password,
});

@UserStore()
export class People implements UserStore {
  find(id: string): StoreUser | undefined {
    asked.find++;
    if (answers.has(id)) return answers.get(id) as StoreUser;
    const person = people.get(id);
    return person && told(person);
  }

  findByLogin(login: string): StoreUser | undefined {
    const person = [...people.values()].find(({ nick, mail }) => nick === login || mail === login);
    return person && told(person);
  }

  async verifyPassword(login: string, password: string): Promise<StoreUser | undefined> {
    asked.verifyPassword++;
    const person = [...people.values()].find(({ nick, mail }) => nick === login || mail === login);
    const user = person?.password === password ? told(person) : undefined;
    await meanwhile.work?.();
    return user;
  }
}

function told({ number, nick, mail, fullName, banned, roles }: Person): StoreUser {
  return { id: String(number), username: nick, email: mail, name: fullName, disabled: banned, roles };
}
