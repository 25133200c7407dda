import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AuthorizationServerOptionsInput, ServerOptions } from '../../config/options.js';
import { CATALOGUES, catalogueFaults, Catalogues } from './catalogues.js';
import { en } from './en.js';
import { Translator } from './translator.js';

const OTHERS = Object.keys(CATALOGUES).filter((locale) => locale !== 'en');
/** Words that are the same in English, and names of the protocol. */
const SAME =
  /^(layout\.title|clientForm\.(name|scope|uri)|clientCreated\.(name|issuer)|client\.(website|secrets)|device\.userCode|error\.code|form\.error|layout\.errorTitle|nav\.account)$/;

function create(input: Partial<AuthorizationServerOptionsInput> = {}): Catalogues {
  return new Catalogues(
    ServerOptions.from({ issuer: 'https://id.example', secretKeys: [], databaseUrl: '', ...input }),
  );
}

describe('our catalogues', () => {
  it('are English, German, French, Spanish, Chinese and Japanese', () => {
    expect(create().names()).toEqual(['en', 'de', 'fr', 'es', 'zh', 'ja']);
  });

  it.each(OTHERS)('%s says everything that English says, with the same parameters', (locale) => {
    expect(catalogueFaults(CATALOGUES[locale])).toEqual([]);
    const translated = Object.keys(en).filter((key) => !key.startsWith('apiDocs.'));
    expect(Object.keys(CATALOGUES[locale]).sort()).toEqual(translated.sort());
  });

  it.each(OTHERS)('%s leaves nothing in English', (locale) => {
    const left = Object.entries(CATALOGUES[locale]).filter(
      ([key, text]) => text === en[key as keyof typeof en] && !SAME.test(key),
    );
    expect(left).toEqual([]);
  });

  it.each(OTHERS)('%s has no straight quotes, doubled spaces or loose ends', (locale) => {
    const odd = Object.entries(CATALOGUES[locale]).filter(([, text]) => /['"]| {2}|^\s|\s$|\.\.\./.test(text));
    expect(odd).toEqual([]);
  });

  it.each([
    ['zh', /[\u4e00-\u9fff]/],
    ['ja', /[\u3040-\u30ff\u4e00-\u9fff]/],
  ])('%s is written in its own script', (locale, script) => {
    const foreign = Object.entries(CATALOGUES[locale]).filter(([key, text]) => !script.test(text) && !SAME.test(key));
    expect(foreign.map(([key]) => key)).toEqual(['account.revokeOf', 'account.signOutOf']);
  });
});

describe('times', () => {
  const inHalfAMinute = (): Date => new Date(Date.now() + 30_200);
  const day = new Date(Date.UTC(2026, 2, 5, 14, 30));
  const translator = (locale: string): Translator => new Translator(locale, create().get(locale));

  it.each([
    ['en', 'There were too many attempts to sign in. You can try again in 30 seconds.'],
    ['de', 'Es gab zu viele Anmeldeversuche. Sie können es in 30 Sekunden noch einmal versuchen.'],
    ['fr', 'Il y a eu trop de tentatives de connexion. Vous pourrez réessayer dans 30 secondes.'],
    ['es', 'Ha habido demasiados intentos de iniciar sesión. Podrá volver a intentarlo dentro de 30 segundos.'],
    ['zh', '登录尝试次数过多。请30秒钟后再试。'],
    ['ja', 'ログインの試行回数が多すぎます。30 秒後にもう一度お試しください。'],
  ])('are distances in the words of %s', (locale, sentence) => {
    expect(translator(locale).t('signIn.error.wait', { when: inHalfAMinute() })).toBe(sentence);
  });

  it.each([
    ['en', 'Mar 5, 2026', '7 days'],
    ['de', '05.03.2026', '7 Tage'],
    ['fr', '5 mars 2026', '7\u00a0jours'],
    ['es', '5 mar 2026', '7 días'],
    ['zh', '2026年3月5日', '7天'],
    ['ja', '2026/03/05', '7 日'],
  ])('are dates and durations in the way of %s', (locale, date, duration) => {
    expect(translator(locale).date(day)).toBe(date);
    expect(translator(locale).duration(7 * 86_400)).toBe(duration);
    expect(translator(locale).dateTime(day)).toMatch(/(14|2):30.* UTC$/);
  });

  it.each([
    ['en', '1 hour', '2 hours'],
    ['de', '1 Stunde', '2 Stunden'],
    ['fr', '1\u00a0heure', '2\u00a0heures'],
    ['es', '1 hora', '2 horas'],
  ])('know the plural of %s', (locale, one, two) => {
    expect(translator(locale).duration(3600)).toBe(one);
    expect(translator(locale).duration(7200)).toBe(two);
  });
});

describe('the options', () => {
  it('choose which languages there are, and the default one', () => {
    const catalogues = create({ locales: ['de', 'fr'], defaultLocale: 'fr' });
    expect(catalogues.names()).toEqual(['de', 'fr']);
    expect(catalogues.defaultLocale).toBe('fr');
  });

  it.each<[Partial<AuthorizationServerOptionsInput>, RegExp]>([
    [{ defaultLocale: 'it' }, /- defaultLocale must be one of the languages of the pages: en, de, fr, es, zh, ja\./],
    [{ locales: ['de'] }, /- defaultLocale must be one of the languages of the pages: de\./],
    [{ locales: ['en', 'it'] }, /- locales must name languages that there are messages in: en, de, fr, es, zh, ja\./],
    [{ locales: [] }, /- locales must name/],
    [{ messagesDirectory: '/nowhere/at/all' }, /- messagesDirectory cannot be read: ENOENT\./],
  ])('%j is refused at the start', (input, fault) => {
    expect(() => create(input)).toThrow(fault);
  });
});

describe('a directory of messages', () => {
  let messagesDirectory: string;
  const write = (name: string, content: unknown): void =>
    writeFileSync(join(messagesDirectory, name), typeof content === 'string' ? content : JSON.stringify(content));

  beforeEach(() => (messagesDirectory = mkdtempSync(join(tmpdir(), 'messages-'))));
  afterEach(() => rmSync(messagesDirectory, { recursive: true }));

  const faults = (): string[] => {
    try {
      create({ messagesDirectory });
    } catch (error) {
      return (error as { faults: string[] }).faults.map((fault) => fault.replace(`${messagesDirectory}/`, ''));
    }
    return [];
  };

  it('changes ours, message by message', () => {
    write('de.yaml', 'signIn.title: Einloggen\n"signedOut.continue": "Zurück zu {client}"\n');
    const german = create({ messagesDirectory }).get('de');
    expect(german['signIn.title']).toBe('Einloggen');
    expect(german['signedOut.continue']).toBe('Zurück zu {client}');
    expect(german['signUp.title']).toBe(CATALOGUES.de['signUp.title']);
  });

  it('adds a language that says everything', () => {
    write('pt-br.json', { ...en, 'signIn.title': 'Entrar' });
    const catalogues = create({ messagesDirectory, defaultLocale: 'pt-BR' });
    expect(catalogues.names()).toEqual(['en', 'de', 'fr', 'es', 'zh', 'ja', 'pt-BR']);
    expect(catalogues.get('pt-BR')['signIn.title']).toBe('Entrar');
  });

  it('adds a variant that says what it says otherwise', () => {
    write('de-AT.json', { 'signIn.title': 'Servus' });
    const austrian = create({ messagesDirectory }).get('de-AT');
    expect(austrian['signIn.title']).toBe('Servus');
    expect(austrian['signUp.title']).toBe(CATALOGUES.de['signUp.title']);
  });

  it('may have words for scopes, grants and errors of the operator’s own', () => {
    write('de.json', { 'scope.read': 'Ihre Sachen lesen', 'error.explain.closed': 'Heute ist zu.' });
    expect(new Translator('de', create({ messagesDirectory }).get('de')).lookup('scope.read')).toBe(
      'Ihre Sachen lesen',
    );
  });

  it('ignores files that are no messages', () => {
    write('README.md', 'Words');
    write('.gitkeep', '');
    expect(faults()).toEqual([]);
  });

  it.each<[string, unknown, string]>([
    ['de.json', { 'sign.title': 'x' }, "de.json has a message that the pages do not know: 'sign.title'."],
    ['de.json', { 'signIn.title': 1 }, "de.json 'signIn.title' must be a text."],
    ['de.json', { 'signIn.title': ' ' }, "de.json 'signIn.title' must be a text."],
    [
      'de.json',
      { 'consent.title': 'x' },
      "de.json 'consent.title' must have the parameters of the English message: {client}.",
    ],
    [
      'de.json',
      { 'signIn.title': '{who}' },
      "de.json 'signIn.title' must have the parameters of the English message: none.",
    ],
    [
      'de.json',
      { 'scope.mine': '{who}' },
      "de.json 'scope.mine' must have the parameters of the English message: none.",
    ],
    ['de.json', [], 'de.json must hold an object of messages by name.'],
    ['de.yaml', '', 'de.yaml must hold an object of messages by name.'],
    ['de.json', '{"a": ', 'de.json is neither JSON nor YAML: line 1, column 7.'],
    ['de.yaml', 'a: 1\na: 2\n', 'de.yaml names a key twice: line 2, column 1.'],
    ['german.json', {}, 'german.json lacks the message'],
    ['de_DE.json', {}, 'de_DE.json is not named after a language, such as de.json or pt-BR.yaml.'],
    ['it.json', { ...en, 'signIn.title': undefined }, "it.json lacks the message 'signIn.title'."],
  ])('with %s of %j stops the start with the file and the message', (name, content, fault) => {
    write(name, content);
    expect(faults()[0]).toContain(fault);
  });

  it('stops the start with every fault at once', () => {
    write('de.json', { a: 'x', b: 'y' });
    write('fr.json', { c: 'z' });
    write('fr.yaml', 'signIn.title: Entrer');
    expect(faults()).toHaveLength(4);
    expect(faults()).toContain('fr.yaml is for the same language as fr.json.');
  });
});
