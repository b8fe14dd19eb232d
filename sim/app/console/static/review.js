// The screen "review": what was expected, what came and when, how it was rated; and the written
// review where the analysis has made one.

import {fetchJson} from './data.js';
import {byId, el, fail, fill, number, say} from './dom.js';

const RATINGS = {
  performed: 'performed without challenges', some_challenges: 'performed with some challenges',
  major_challenges: 'performed with major challenges', unable: 'unable to perform',
};
const words = (text) => String(text).replaceAll('_', ' ');

start().catch((error) => fail(`The review cannot be shown: ${error.message}`));

async function start() {
  const session = new URLSearchParams(location.search).get('session');
  const address = session ? `/api/sessions/${encodeURIComponent(session)}` : '/api/exercise';
  const review = await fetchJson(`${address}/review`);
  document.title = `Review of ${review.title} - crossborder`;
  say(byId('title'), `Review: ${review.title}`);
  say(byId('about'), review.over ? `The exercise ended at ${review.time}.` : `The exercise stands at ${review.time} and is not over.`);
  const parts = [];
  if (review.page) parts.push(section('The whole review', el('p', {}, el('a', {href: `${address}/review.html`}, 'Open the review as one page'))));
  if (review.written) parts.push(...written(review.written));
  parts.push(expected(review.expected), tasks(review.tasks), actions(review.actions), notes(review.notes));
  fill(byId('review'), ...parts);
  byId('busy').hidden = true;
}

let count = 0;

function section(title, ...children) {
  const id = `part-${(count += 1)}`;
  return el('section', {class: 'panel', 'aria-labelledby': id}, el('h2', {id}, title), ...children);
}

function table(label, heads, rows) {
  return el('div', {class: 'scroll', tabindex: 0, role: 'group', 'aria-label': label}, el('table', {},
    el('thead', {}, el('tr', {}, ...heads.map((h) => el('th', {scope: 'col'}, h)))),
    el('tbody', {}, ...rows.map(([first, ...rest]) => el('tr', {}, el('th', {scope: 'row'}, first), ...rest.map((cell) => el('td', {}, cell)))))));
}

const none = (text) => el('p', {class: 'quiet'}, text);

function expected(rows) {
  const came = (row) => (row.met ? `${row.met}, after ${row.hours} h${row.late ? ', late' : ', in time'}` : row.late ? 'never came' : 'not yet');
  return section('Expected and what came', rows.length
    ? table('Expected and what came', ['Inject', 'Expected', 'Sent', 'Due', 'Came'], rows.map((r) => [r.text, r.expected, r.sent, r.due, came(r)]))
    : none('No inject that was sent expects an action.'));
}

function tasks(rows) {
  return section('Critical tasks', rows.length
    ? table('Critical tasks', ['Task', 'Rating', 'Reason'], rows.map((r) => [r.text, RATINGS[r.rating] ?? 'not rated', r.reason]))
    : none('The exercise names no critical task.'));
}

function actions(rows) {
  return section('Orders', rows.length
    ? table('Orders', ['Role', 'Measure', 'Where', 'Ordered', 'In force'], rows.map((r) => [
      r.plan ? `${words(r.role)} (reference plan)` : words(r.role), words(r.kind), r.at.join(', '), r.ordered, `${r.from} to ${r.until ?? 'the end'}`]))
    : none('Nobody ordered anything.'));
}

function notes(rows) {
  return section('Notes', rows.length
    ? table('Notes', ['Time', 'By', 'About', 'Note'], rows.map((r) => [r.time, words(r.role), words(r.task), r.text]))
    : none('Nobody wrote a note.'));
}

/** A written review as it is: texts, lists of rows as tables, maps as two columns. */
function written(review) {
  return Object.entries(review).map(([key, value]) => section(capital(words(key)), shown(key, value)));
}

function shown(key, value) {
  if (Array.isArray(value) && value.length && value.every((v) => v && typeof v === 'object' && !Array.isArray(v))) {
    const heads = [...new Set(value.flatMap((row) => Object.keys(row)))];
    return table(words(key), heads.map((h) => capital(words(h))), value.map((row) => heads.map((h) => plain(row[h]))));
  }
  if (Array.isArray(value)) return el('ul', {}, ...value.map((v) => el('li', {}, plain(v))));
  if (value && typeof value === 'object') return table(words(key), ['What', 'Value'], Object.entries(value).map(([k, v]) => [words(k), plain(v)]));
  return el('p', {}, plain(value));
}

function plain(value) {
  if (value === null || value === undefined) return 'not recorded';
  if (typeof value === 'number') return number(value);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.map(plain).join(', ');
  if (typeof value === 'object') return Object.entries(value).map(([k, v]) => `${words(k)}: ${plain(v)}`).join('; ');
  return value;
}

const capital = (text) => text[0].toUpperCase() + text.slice(1);
