// Recorded runs to choose from: the table of the library, and the form that lays two side by side.

import {fetchJson} from './data.js';
import {byId, el} from './dom.js';

/** What to do where no run was recorded yet. */
export const noRuns = () => el('p', {}, 'No run stands in this folder yet. ',
  el('code', {}, 'crossborder run two_routes'), ' makes one.');

/** A table of runs, each with a link that replays it. */
export function runTable(runs) {
  const row = (run) => el('tr', {},
    el('th', {scope: 'row'}, el('a', {href: `/replay?run=${run.id}`}, run.name)),
    el('td', {}, run.scenario), el('td', {}, run.plan || 'none'),
    el('td', {class: 'number'}, run.seed), el('td', {class: 'number'}, run.replicates),
    el('td', {}, run.finished.replace('T', ' ').slice(0, 16)),
    el('td', {}, el('a', {href: `/replay?run=${run.id}`, 'aria-label': `Replay ${run.name}`}, 'Replay')));
  return scrolled('Runs', el('table', {}, el('thead', {}, heads('Run', 'Scenario', 'Plan', 'Seed', 'Replicates', 'Finished (UTC)', 'Open')),
    el('tbody', {}, ...runs.map(row))));
}

/** A form that opens two runs side by side. */
export function compareForm(runs) {
  const choice = (name, text, chosen) => el('label', {class: 'inline'}, text,
    el('select', {name}, ...runs.map((run) => el('option', {value: run.id, selected: run === chosen}, run.name))));
  return el('form', {action: '/compare', class: 'bar'}, el('h3', {}, 'Compare two runs'),
    choice('a', 'Left ', runs[Math.min(1, runs.length - 1)]), choice('b', 'Right ', runs[0]),
    el('button', {type: 'submit', class: 'primary'}, 'Compare'));
}

/** Ask for a run, or for two, in place of a screen that has none to show. */
export async function ask(words, made) {
  const {runs} = await fetchJson('/api/library');
  for (const part of document.querySelectorAll('.columns, main > .panel')) part.hidden = true;
  const head = el('h2', {id: 'choose-head'}, words);
  byId('busy').before(el('section', {id: 'choose', class: 'panel', 'aria-labelledby': 'choose-head'},
    head, runs.length ? made(runs) : noRuns()));
  byId('busy').hidden = true;
}

export const heads = (...names) => el('tr', {}, ...names.map((name) => el('th', {scope: 'col'}, name)));
export const scrolled = (label, table) => el('div', {class: 'scroll', tabindex: 0, role: 'group', 'aria-label': label}, table);
