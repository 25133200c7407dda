import { withSettings } from './data-source-options.js';

describe('withSettings', () => {
  const optionsOf = (url: string): string | null => new URL(url).searchParams.get('options');

  it('adds settings of the session to the URL', () => {
    const url = withSettings('postgres://me:a%3Fb@%2Ftmp%2Fpg/db', ['jit=off', 'enable_seqscan=off']);
    expect(url.startsWith('postgres://me:a%3Fb@%2Ftmp%2Fpg/db?')).toBe(true);
    expect(optionsOf(url)).toBe('-c jit=off -c enable_seqscan=off');
    expect(url).not.toContain('+');
  });

  it('keeps what the URL says itself, which comes last and wins', () => {
    const url = withSettings('postgres://db.example/app?sslmode=require&options=-c%20search_path%3Doauth', ['jit=off']);
    expect(new URL(url).searchParams.get('sslmode')).toBe('require');
    expect(optionsOf(url)).toBe('-c jit=off -c search_path=oauth');
  });
});
