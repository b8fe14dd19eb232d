// The screen "library": what there is to open.

import {fetchJson} from './data.js';
import {byId, el, fail, fill} from './dom.js';

start().catch((error) => fail(`The library cannot be shown: ${error.message}`));

async function start() {
  const {runs, scenarios, exercises = [], sessions = []} = await fetchJson('/api/library');
  showRuns(runs);
  showScenarios(scenarios);
  showExercises(exercises, sessions);
  byId('busy').hidden = true;
}

function showRuns(runs) {
  if (!runs.length) {
    fill(byId('runs'), el('p', {}, 'No run stands in this folder yet. ', el('code', {}, 'crossborder run two_routes'), ' makes one.'));
    return;
  }
  const row = (run) => el('tr', {},
    el('th', {scope: 'row'}, el('a', {href: `/replay?run=${run.id}`}, run.name)),
    el('td', {}, run.scenario), el('td', {}, run.plan || 'none'),
    el('td', {class: 'number'}, run.seed), el('td', {class: 'number'}, run.replicates),
    el('td', {}, run.finished.replace('T', ' ').slice(0, 16)),
    el('td', {}, el('a', {href: `/replay?run=${run.id}`, 'aria-label': `Replay ${run.name}`}, 'Replay')));
  const choice = (name, text, chosen) => el('label', {class: 'inline'}, text,
    el('select', {name}, ...runs.map((run) => el('option', {value: run.id, selected: run === chosen}, run.name))));
  fill(byId('runs'),
    scrolled('Runs', el('table', {}, el('thead', {}, heads('Run', 'Scenario', 'Plan', 'Seed', 'Replicates', 'Finished (UTC)', 'Open')),
      el('tbody', {}, ...runs.map(row)))),
    el('form', {action: '/compare', class: 'bar'}, el('h3', {}, 'Compare two runs'),
      choice('a', 'Left ', runs[Math.min(1, runs.length - 1)]), choice('b', 'Right ', runs[0]),
      el('button', {type: 'submit', class: 'primary'}, 'Compare')));
}

function showScenarios(rows) {
  fill(byId('scenarios'), scrolled('Scenarios and plans', el('table', {}, el('thead', {}, heads('Name', 'Kind', 'What it is')),
    el('tbody', {}, ...rows.map((row) => el('tr', {}, el('th', {scope: 'row'}, row.name), el('td', {}, row.kind), el('td', {}, row.summary)))))),
  el('p', {class: 'quiet'}, 'Run one with ', el('code', {}, 'crossborder run NAME'), '.'));
}

function showExercises(exercises, sessions) {
  const shipped = exercises.length
    ? scrolled('Exercises', el('table', {}, el('thead', {}, heads('Name', 'What it trains', 'Play it with')),
      el('tbody', {}, ...exercises.map((row) => el('tr', {}, el('th', {scope: 'row'}, row.name), el('td', {}, row.summary),
        el('td', {}, el('code', {}, `crossborder exercise serve ${row.name}`)))))))
    : el('p', {class: 'quiet'}, 'None is shipped.');
  const reviewed = sessions.length
    ? el('ul', {}, ...sessions.map((row) => el('li', {}, el('a', {href: `/review?session=${row.id}`}, `Review of ${row.name}`))))
    : null;
  fill(byId('exercises'), shipped, reviewed && el('h3', {}, 'Sessions that were played'), reviewed);
}

const heads = (...names) => el('tr', {}, ...names.map((name) => el('th', {scope: 'col'}, name)));
const scrolled = (label, table) => el('div', {class: 'scroll', tabindex: 0, role: 'group', 'aria-label': label}, table);
