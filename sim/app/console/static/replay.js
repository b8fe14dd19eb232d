// The screen "replay": one run on a map, with charts, events and a table, on one clock.

import {Chart} from './charts.js';
import {Run} from './data.js';
import {byId, fail, footnotes, number, options, say} from './dom.js';
import {Feed} from './feed.js';
import {Flows} from './flows.js';
import {RouteMap} from './map.js';
import {ask, runTable} from './runs.js';
import {CHARTS, seriesOf} from './series.js';
import {SortTable} from './table.js';
import {TABLES, tableOf, windowsOf} from './tables.js';
import {TimeState} from './timebase.js';
import {transport} from './transport.js';

/** Milliseconds between two updates of the table while it plays. */
const TABLE_PAUSE = 400;

const id = new URLSearchParams(location.search).get('run') ?? '';
(id ? start() : ask('Which run?', runTable)).catch((error) => fail(`This run cannot be shown: ${error.message}`));

async function start() {
  const run = await Run.open(id);
  const {world, clock} = run;
  document.title = `${run.title} - replay - crossborder`;
  say(byId('title'), run.title);
  say(byId('about'), about(run));
  footnotes(world.footnotes);
  const time = new TimeState(clock.epoch, clock.hours, clock.zone);
  const [outlines] = await Promise.all([run.outlines(), run.layer('leg.persons').load(0)]);
  const flows = new Flows(run);
  const window = options(byId('window'), windowsOf(run), '7');
  const map = new RouteMap(byId('map'), world, outlines, {
    label: `Map of ${world.title}`, describe: (kind, i) => describe(kind, i, run, flows, window),
  });
  const draw = (hour) => map.draw({
    legs: flows.at(hour), most: flows.most(), rings: flows.rings, ringMost: flows.ringMost(),
  });
  const rewindow = () => {
    flows.setWindow(window.value);
    const words = window.selectedOptions[0].textContent;
    map.explain(flows.most(), `persons ${words}`, `persons stopped or found ${words}`, flows.ringMost());
    draw(time.hour);
  };
  rewindow();
  time.follow(draw);
  transport(byId('transport'), time, {fine: run.layer('leg.persons').step === 'hour'});
  const feed = new Feed(byId('feed'), run, time);
  time.follow((hour) => feed.at(hour));
  time.set(0);
  byId('busy').hidden = true;
  document.body.dataset.ready = String(Math.round(performance.now()));
  await run.loadAll();
  flows.frame = null;
  charts(run, time);
  table(run, time, window);
  window.addEventListener('change', rewindow);
  time.set(time.hour);
  document.body.dataset.whole = String(Math.round(performance.now()));
}

function about(run) {
  const {clock, world, facts} = run;
  const parts = [`${world.summary}.`.replace('..', '.'), `${clock.start} until ${clock.until}.`];
  if (world.synthetic) parts.push('A made-up region: nothing here is a real place or figure.');
  if (facts.run.replicates > 1) parts.push(`The first of ${facts.run.replicates} replicates.`);
  parts.push('True flows of one simulated run, not registrations.');
  return parts.join(' ');
}

function describe(kind, i, run, flows, window) {
  const {world} = run;
  const words = window.selectedOptions[0].textContent;
  const persons = (value) => `${number(Math.round(value))} persons`;
  if (kind === 'leg') {
    const {name, mode} = world.legs[i];
    return `${name}${mode ? `, by ${mode}` : ''}: ${persons(flows.now[i])} set out ${words}`;
  }
  if (kind === 'sector') return `${world.sectors[i].name}: ${persons(flows.rings.sector[i])} stopped ${words}`;
  if (kind === 'post') return `${world.posts[i].name}: ${persons(flows.rings.post[i])} found ${words}`;
  return {place: world.places, centre: world.centres}[kind][i].name;
}

function charts(run, time) {
  const {clock} = run;
  const span = [clock.epoch, clock.epoch + clock.hours * 3600];
  ['one', 'two'].forEach((name, i) => {
    const chart = new Chart(byId(`chart-${name}`), clock.zone, (epoch) => {
      time.pause();
      time.set((epoch - clock.epoch) / 3600);
    });
    const choice = options(byId(`chart-${name}-kind`), CHARTS, CHARTS[i][0]);
    const show = () => {
      chart.show(choice.selectedOptions[0].textContent, seriesOf(choice.value, run), span);
      chart.at(clock.epoch + time.hour * 3600);
    };
    choice.addEventListener('change', show);
    show();
    time.follow((hour) => chart.at(clock.epoch + hour * 3600));
  });
}

function table(run, time, window) {
  const kind = options(byId('table-kind'), TABLES, 'leg');
  let source;
  let shown;
  let drawn = 0;
  const build = () => {
    source = tableOf(kind.value, run, window.value, window.selectedOptions[0].textContent);
    shown = new SortTable(byId('table'), {
      caption: `${kind.selectedOptions[0].textContent} at the time shown`, columns: source.columns, sort: source.first,
    });
    shown.show(source.rows(time.hour));
  };
  kind.addEventListener('change', build);
  window.addEventListener('change', build);
  build();
  time.follow((hour) => {
    if (!time.playing) shown.show(source.rows(hour));
    else if (performance.now() - drawn > TABLE_PAUSE) {
      drawn = performance.now();
      shown.refresh(source.rows(hour));
    }
  });
}
