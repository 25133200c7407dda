// The forms of our pages, as much of HTML as these need.

export interface PageForm {
  action: string;
  /** Hidden fields and what is filled in already. */
  fields: Record<string, string>;
}

/** @returns undefined when the page has no such form */
export function formWithId(html: string, id: string): PageForm | undefined {
  for (const [, head = '', body = ''] of html.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gis)) {
    const { id: found, action = '' } = attributesOf(head);
    if (found !== id) continue;
    const inputs = [...body.matchAll(/<input\b([^>]*)>/gi)].map(([, tag = '']) => attributesOf(tag));
    const sent = inputs.filter(({ name, type, checked }) => name && (type !== 'checkbox' || checked !== undefined));
    return { action, fields: Object.fromEntries(sent.map(({ name = '', value = '' }) => [name, value])) };
  }
  return undefined;
}

function attributesOf(tag: string): Record<string, string | undefined> {
  const all = tag.matchAll(/([\w-]+)(?:\s*=\s*"([^"]*)")?/g);
  return Object.fromEntries([...all].map(([, name = '', value = '']) => [name, decodeEntities(value)]));
}

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decodeEntities(text: string): string {
  return text.replace(/&(?:#(\d+)|(\w+));/g, (all, code: string | undefined, name: string) =>
    code === undefined ? (ENTITIES[name] ?? all) : String.fromCodePoint(Number(code)),
  );
}
