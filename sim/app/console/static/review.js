// The screen "review": the page that the analysis wrote; of a live session also what was expected,
// what came and when, and how it was rated.

import {fetchJson} from './data.js';
import {byId, el, fail, fill, say} from './dom.js';

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
  const parts = [whole(review, address)];
  if (review.expected) {
    say(byId('about'), review.over ? `The exercise ended at ${review.time}.` : `The exercise stands at ${review.time} and is not over.`);
    parts.push(expected(review.expected), tasks(review.tasks), actions(review.actions), notes(review.notes));
  }
  fill(byId('review'), ...parts.filter(Boolean));
  byId('busy').hidden = true;
}

/** The review that the analysis wrote, as it stands in its file. */
function whole(review, address) {
  if (!review.page && !review.mayWrite) return null;
  const said = el('p', {role: 'status', class: 'said'});
  const act = el('button', {type: 'button', class: 'primary'}, review.page ? 'Write the review again' : 'Write the review');
  act.addEventListener('click', async () => {
    act.disabled = true;
    say(said, 'The session is played again, without orders, and with the reference plan. A region takes a minute or two ...');
    try {
      await fetchJson(`${address}/review`, {method: 'POST', headers: {'Content-Type': 'application/json'}, body: '{}'});
      location.reload();
    } catch (error) {
      say(said, `Not written: ${error.message}`);
      act.disabled = false;
    }
  });
  const page = `${address}/review.html`;
  return section('The whole review',
    review.mayWrite ? el('div', {class: 'buttons'}, act) : null, review.mayWrite ? said : null,
    review.page ? el('p', {}, el('a', {href: page, target: '_blank', rel: 'noopener'}, 'Open it as a page of its own')) : null,
    review.page ? el('iframe', {src: page, title: 'The whole review', class: 'written', sandbox: true}) : null);
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
      r.plan ? `${r.role} (no player: reference plan)` : r.role, words(r.kind), r.at.join(', '), r.ordered, `${r.from} to ${r.until ?? 'the end'}`]))
    : none('Nobody ordered anything.'));
}

function notes(rows) {
  return section('Notes', rows.length
    ? table('Notes', ['Time', 'By', 'About', 'Note'], rows.map((r) => [r.time, words(r.role), words(r.task), r.text]))
    : none('Nobody wrote a note.'));
}
