// The host's accent colour and radius as custom properties, with text colours that keep AA contrast in both schemes.
// @see WCAG 2.2 §1.4.3 https://www.w3.org/TR/WCAG22/#contrast-minimum
import type { Theme } from '../config/options.js';

type Rgb = readonly [number, number, number];

const BLACK: Rgb = [0, 0, 0];
const WHITE: Rgb = [255, 255, 255];
const AA_TEXT = 4.5;
const AA_SHAPE = 3;
/** Below this a button is lost on its card. */
const LOST = 1.3;
/** Of each scheme in style.css: the card, the ground on which links and the focus ring are hardest to see, the way out. */
const LIGHT = { surface: parseColor('#ffffff'), ground: parseColor('#eef0f4'), pole: BLACK };
const DARK = { surface: parseColor('#151921'), ground: parseColor('#20252e'), pole: WHITE };

/**
 * The style sheet of a theme; empty when the options say nothing about it.
 * @throws RangeError when a value is no colour or no length, for it comes from the operator's configuration
 */
export function themeCss({ accentColor, radius }: Pick<Theme, 'accentColor' | 'radius'>): string {
  let css = '';
  if (radius) {
    if (!/^\d{1,3}(\.\d{1,4})?(px|rem)$/.test(radius)) throw new RangeError('radius: not a length in px or rem');
    css += `:root{--radius:${radius}}\n`;
  }
  if (accentColor) {
    const color = parseColor(accentColor);
    css += `:root{${accentProperties(color, LIGHT)}}\n`;
    css += `@media (prefers-color-scheme:dark){:root{${accentProperties(color, DARK)}}}\n`;
  }
  return css;
}

function accentProperties(color: Rgb, { surface, ground, pole }: typeof LIGHT): string {
  const accent = contrast(color, surface) < LOST ? moveTo(pole, color, surface, AA_SHAPE) : color;
  const onAccent = contrast(accent, WHITE) >= AA_TEXT ? WHITE : BLACK;
  return Object.entries({
    accent,
    'on-accent': onAccent,
    'accent-hover': mix(accent, onAccent === WHITE ? BLACK : WHITE, 0.14),
    'accent-text': moveTo(pole, color, ground, AA_TEXT),
  })
    .map(([name, value]) => `--${name}:${format(value)}`)
    .join(';');
}

/** WCAG contrast ratio of two colours, 1 to 21. */
export function contrast(a: Rgb, b: Rgb): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

/** @throws RangeError when it is not `#rgb` or `#rrggbb` */
export function parseColor(color: string): Rgb {
  const digits = /^#(?:[0-9a-f]{3}|[0-9a-f]{6})$/i.test(color) ? color.slice(1) : undefined;
  if (!digits) throw new RangeError('accentColor: not a colour of the form #rrggbb');
  const full = digits.length === 3 ? [...digits].map((digit) => digit + digit).join('') : digits;
  return [0, 2, 4].map((at) => parseInt(full.slice(at, at + 2), 16)) as unknown as Rgb;
}

/** The colour, moved towards `pole` in small steps until it has this contrast with `ground`. */
function moveTo(pole: Rgb, color: Rgb, ground: Rgb, ratio: number): Rgb {
  for (let part = 0; part < 1; part += 0.04) {
    const candidate = mix(color, pole, part);
    if (contrast(candidate, ground) >= ratio) return candidate;
  }
  return pole;
}

function mix(color: Rgb, other: Rgb, part: number): Rgb {
  return color.map((value, index) => Math.round(value * (1 - part) + other[index] * part)) as unknown as Rgb;
}

function luminance(color: Rgb): number {
  const [r, g, b] = color.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as unknown as Rgb;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function format(color: Rgb): string {
  return `#${color.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
}
