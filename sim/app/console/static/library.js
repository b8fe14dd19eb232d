// The screen "library": what there is to open.

import {fetchJson} from './data.js';
import {byId, el, fail, fill} from './dom.js';
import {compareForm, heads, noRuns, runTable, scrolled} from './runs.js';

start().catch((error) => fail(`The library cannot be shown: ${error.message}`));

async function start() {
  const {runs, scenarios, exercises = [], sessions = []} = await fetchJson('/api/library');
  showRuns(runs);
  showScenarios(scenarios);
  showExercises(exercises, sessions);
  byId('busy').hidden = true;
}

function showRuns(runs) {
  fill(byId('runs'), ...(runs.length ? [runTable(runs), compareForm(runs)] : [noRuns()]));
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
