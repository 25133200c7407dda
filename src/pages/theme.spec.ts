import { contrast, parseColor, themeCss } from './theme.js';

/** The properties of a theme's style sheet: light ones and those of the dark scheme. */
function properties(css: string) {
  const [light = '', dark = ''] = css.split('@media');
  const read = (part: string) =>
    Object.fromEntries([...part.matchAll(/--([a-z-]+):([^;}]+)/g)].map((match) => [match[1], match[2]]));
  return { light: read(light), dark: read(dark) };
}

describe('themeCss', () => {
  it.each(['#ffd400', '#000', '#fff', '#2f5bd7', '#7f7f7f', '#00ff00', '#e91e63', '#1a1a40', '#808000'])(
    'gives text on and in the accent colour %s AA contrast in both schemes',
    (accentColor) => {
      const { light, dark } = properties(themeCss({ accentColor }));
      const ratio = (a: string, b: string) => contrast(parseColor(a), parseColor(b));
      for (const scheme of [light, dark]) {
        expect(ratio(scheme['accent'] ?? '', scheme['on-accent'] ?? '')).toBeGreaterThanOrEqual(4.5);
        expect(ratio(scheme['accent-hover'] ?? '', scheme['on-accent'] ?? '')).toBeGreaterThanOrEqual(4.5);
      }
      // A button must not be lost on its card.
      expect(ratio(light['accent'] ?? '', '#ffffff')).toBeGreaterThanOrEqual(1.3);
      expect(ratio(dark['accent'] ?? '', '#151921')).toBeGreaterThanOrEqual(1.3);
      for (const ground of ['#ffffff', '#f5f6f8']) {
        expect(ratio(light['accent-text'] ?? '', ground)).toBeGreaterThanOrEqual(4.5);
      }
      for (const ground of ['#0d1015', '#151921', '#1c212b']) {
        expect(ratio(dark['accent-text'] ?? '', ground)).toBeGreaterThanOrEqual(4.5);
      }
    },
  );

  it('keeps the accent colour as it is where it can be seen', () => {
    const { light, dark } = properties(themeCss({ accentColor: '#E4002B' }));
    expect([light['accent'], dark['accent']]).toEqual(['#e4002b', '#e4002b']);
  });

  it('is empty when nothing is chosen', () => {
    expect(themeCss({})).toBe('');
  });

  it.each(['red', '#12', '#12345', 'url(x)', '#fff;}body{display:none', 'expression(1)'])(
    'refuses %s as colour',
    (value) => {
      expect(() => themeCss({ accentColor: value })).toThrow(RangeError);
    },
  );

  it.each(['1', '1em', '-1px', '1px;}', 'calc(1px)'])('refuses %s as radius', (value) => {
    expect(() => themeCss({ radius: value })).toThrow(RangeError);
  });

  it('sets the radius', () => {
    expect(themeCss({ radius: '0.5rem' })).toBe(':root{--radius:0.5rem}\n');
  });
});
