// Elements made from data. Text becomes text nodes, never markup: nothing here parses HTML.

/** Make an element: el('p', {class: 'note'}, 'text', child). Handlers as onclick: fn. */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, '');
    else element.setAttribute(name, String(value));
  }
  element.append(...children.filter((c) => c !== null && c !== undefined).map(node));
  return element;
}

const node = (child) => (child instanceof Node ? child : document.createTextNode(String(child)));

/** Make an SVG element. */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

export const byId = (id) => document.getElementById(id);

/** Replace what stands in an element. */
export function fill(element, ...children) {
  element.replaceChildren(...children.filter((c) => c !== null && c !== undefined).map(node));
  return element;
}

/** Set text only where it changed: a screen reader and the layout are spared the rest. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Options of a select from [value, text] pairs. */
export function options(select, pairs, chosen) {
  fill(select, ...pairs.map(([value, text]) => el('option', {value}, text)));
  if (chosen !== undefined) select.value = chosen;
  return select;
}

const whole = new Intl.NumberFormat('en-GB', {maximumFractionDigits: 0});
const tenths = new Intl.NumberFormat('en-GB', {maximumFractionDigits: 1});
const small = new Intl.NumberFormat('en-GB', {maximumSignificantDigits: 3});

/** A number for people; what is not recorded says so. */
export function number(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return 'not recorded';
  const size = Math.abs(value);
  if (size >= 100 || Number.isInteger(value)) return whole.format(value).replace(/^-0$/, '0');
  return size >= 1 ? tenths.format(value) : small.format(value);
}

/** The same with its sign, for differences. */
export function signed(value) {
  const text = number(value);
  return value > 0 ? `+${text}` : text.replace(/^-/, '\u2212');
}

/** What went wrong, where people look for it. */
export function fail(message) {
  const place = byId('problem');
  place.hidden = false;
  say(place, message);
  const busy = byId('busy');
  if (busy) busy.hidden = true;
}

/** The label of a border: its countries' labels, not their codes. */
export function borderLabel(border, countries) {
  const labels = new Map(countries.map((c) => [c.id, c.label]));
  return border.split('-').map((code) => labels.get(code) ?? code).join(' \u2013 ');
}

/** Footnotes that country labels carry, at the foot of the page. */
export function footnotes(notes) {
  const place = byId('footnotes');
  if (place) fill(place, ...[...new Set(notes)].map((note) => el('p', {}, note.startsWith('*') ? note : `* ${note}`)));
}
