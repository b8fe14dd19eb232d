// The screen "compare": two runs side by side on one clock, what differs, and paired outcomes.

import {Chart} from './charts.js';
import {Run, fetchJson} from './data.js';
import {borderLabel, byId, fail, footnotes, number, options, say, signed} from './dom.js';
import {Flows} from './flows.js';
import {RouteMap} from './map.js';
import {ask, compareForm} from './runs.js';
import {SortTable} from './table.js';
import {windowsOf} from './tables.js';
import {TimeState} from './timebase.js';
import {transport} from './transport.js';

const TABLE_PAUSE = 400;
const asked = new URLSearchParams(location.search);
(asked.get('a') && asked.get('b') ? start() : ask('Which two runs?', compareForm)).catch((error) => fail(`These runs cannot be compared: ${error.message}`));

/** One of the two runs on the common clock. */
class Side {
  constructor(run, epoch) {
    this.run = run;
    this.shift = (run.clock.epoch - epoch) / 3600;
    this.flows = new Flows(run);
  }

  at(hour) {
    return this.flows.at(hour - this.shift);
  }
}

async function start() {
  const [one, other] = await Promise.all(['a', 'b'].map((key) => Run.open(asked.get(key) ?? '')));
  const epoch = Math.min(one.clock.epoch, other.clock.epoch);
  const until = Math.max(...[one, other].map((run) => run.clock.epoch + run.clock.hours * 3600));
  const time = new TimeState(epoch, Math.round((until - epoch) / 3600), one.clock.zone);
  const sides = [new Side(one, epoch), new Side(other, epoch)];
  heads(one, other);
  const [maps] = await Promise.all([
    drawn(one, other), ...[one, other].map((run) => run.layer('leg.persons').load(0)),
  ]);
  const window = options(byId('window'), windowsOf(one), '7');
  const apart = new Apart(one, other, sides);
  const scene = new Scene(sides, maps, apart, window, time);
  transport(byId('transport'), time);
  time.set(0);
  byId('busy').hidden = true;
  document.body.dataset.ready = String(Math.round(performance.now()));
  const paired = fetchJson(`/api/compare/${one.id}/${other.id}`);
  await Promise.all([one.loadAll(), other.loadAll()]);
  scene.rewindow();
  chart(sides, time);
  legTable(sides, apart, window, time);
  outcomes(await paired, one);
  document.body.dataset.whole = String(Math.round(performance.now()));
}

function heads(one, other) {
  document.title = `${one.title} and ${other.title} - compare - crossborder`;
  say(byId('title'), `${one.title} beside ${other.title}`);
  say(byId('left-head'), `Left: ${one.title}`);
  say(byId('right-head'), `Right: ${other.title}`);
  const made = one.world.synthetic || other.world.synthetic
    ? ' A made-up region: nothing here is a real place or figure.' : '';
  say(byId('about'), `Both follow one clock. True flows of simulated runs, not registrations.${made}`);
  footnotes([...one.world.footnotes, ...other.world.footnotes]);
}

async function drawn(one, other) {
  const outlines = await Promise.all([one.outlines(), other.outlines()]);
  const make = (place, run, i, signed) => new RouteMap(byId(place), run.world, outlines[i], {
    label: `${place === 'difference' ? 'Difference on the map' : 'Map'} of ${run.world.title}`, signed,
    describe: (kind, item) => scenes.describe?.(place, kind, item) ?? '',
  });
  return [make('left', one, 0), make('right', other, 1), make('difference', other, 1, true)];
}

const scenes = {};

/** Right less left on the legs of the right run; legs only the left has are told in words. */
class Apart {
  constructor(one, other, sides) {
    this.sides = sides;
    const left = new Map(one.world.legs.map((leg, i) => [leg.id, i]));
    this.match = other.world.legs.map((leg) => left.get(leg.id) ?? -1);
    const right = new Set(other.world.legs.map((leg) => leg.id));
    this.onlyLeft = one.world.legs.filter((leg) => !right.has(leg.id));
    this.values = new Float64Array(other.world.legs.length);
  }

  from(left, right) {
    this.match.forEach((i, at) => { this.values[at] = right[at] - (i < 0 ? 0 : left[i]); });
    return this.values;
  }

  /** The largest difference over the run, looked at every few frames. */
  most(window) {
    const [a, b] = this.sides.map((side) => side.flows.legs);
    const sums = [new Float64Array(a.items), new Float64Array(b.items)];
    const step = window === 'all' ? Math.max(b.frames - 1, 1) : Math.max(Math.floor(b.frames / 240), 1);
    let most = 1;
    for (let frame = 0; frame < b.frames; frame += step) {
      a.sums(frame, window, sums[0]);
      b.sums(frame, window, sums[1]);
      for (const value of this.from(...sums)) most = Math.max(most, Math.abs(value));
    }
    return most;
  }
}

class Scene {
  constructor(sides, maps, apart, window, time) {
    Object.assign(this, {sides, maps, apart, window, time});
    scenes.describe = (place, kind, i) => this.describe(place, kind, i);
    window.addEventListener('change', () => this.rewindow());
    this.rewindow();
    time.follow((hour) => this.draw(hour));
  }

  rewindow() {
    const words = this.window.selectedOptions[0].textContent;
    this.sides.forEach((side) => side.flows.setWindow(this.window.value));
    this.most = Math.max(...this.sides.map((side) => side.flows.most()));
    this.ringMost = Math.max(...this.sides.map((side) => side.flows.ringMost()));
    this.mostApart = this.apart.most(this.window.value);
    [0, 1].forEach((i) => this.maps[i].explain(this.most, `persons ${words}`,
      `persons stopped or found ${words}`, this.ringMost));
    this.maps[2].explain(this.mostApart, `persons ${words},`);
    this.draw(this.time.hour);
  }

  draw(hour) {
    const values = this.sides.map((side) => side.at(hour));
    this.sides.forEach((side, i) => this.maps[i].draw({
      legs: values[i], most: this.most, rings: side.flows.rings, ringMost: this.ringMost,
    }));
    this.maps[2].draw({legs: this.apart.from(...values), most: this.mostApart});
  }

  describe(place, kind, i) {
    const words = this.window.selectedOptions[0].textContent;
    const side = this.sides[place === 'left' ? 0 : 1];
    const {world} = side.run;
    if (kind === 'leg') {
      const value = place === 'difference' ? signed(Math.round(this.apart.values[i]))
        : number(Math.round(side.flows.now[i]));
      return `${world.legs[i].name}: ${value} persons ${words}`;
    }
    return {place: world.places, centre: world.centres, sector: world.sectors, post: world.posts}[kind][i].name;
  }
}

/** Persons over borders in both runs: one border, or all. */
function chart(sides, time) {
  const [one, other] = sides.map((side) => side.run);
  const borders = [...new Set(other.world.legs.map((leg) => leg.border).filter(Boolean))].sort();
  const choice = options(byId('chart-kind'), [
    ['stopped', 'Stopped at the green border'], ['', 'Setting out over any border'],
    ...borders.map((border) => [border, `Setting out: ${borderLabel(border, other.world.countries)}`]),
  ]);
  const span = [time.epoch, time.epoch + time.hours * 3600];
  const drawn = new Chart(byId('chart'), time.zone, (epoch) => {
    time.pause();
    time.set((epoch - time.epoch) / 3600);
  });
  const days = time.hours / 24;
  const length = days > 120 ? 7 : 1;
  const show = () => {
    const epochs = Array.from({length: Math.floor(days / length)}, (_, i) => time.epoch + i * length * 86400);
    const line = (side, i) => {
      const stopped = choice.value === 'stopped';
      const layer = side.run.layer(stopped ? 'sector.intercepted' : 'leg.persons');
      const items = stopped ? side.run.world.sectors.map((_, n) => n)
        : side.run.world.legs.flatMap((leg, n) =>
          (leg.border && (!choice.value || leg.border === choice.value) ? [n] : []));
      const values = epochs.map((epoch) => {
        const hour = (epoch - side.run.clock.epoch) / 3600 + 12;
        const [from, until] = [hour, hour + length * 24].map((h) => side.run.frame(layer, h));
        if (hour < 0) return null;
        let sum = 0;
        for (let frame = from; frame < Math.max(until, from + 1); frame += 1) {
          for (const item of items) sum += layer.value(frame, item) || 0;
        }
        return sum;
      });
      return {label: `${i ? 'Right' : 'Left'}: ${side.run.title}`, values};
    };
    drawn.show(choice.selectedOptions[0].textContent,
      {unit: `persons ${length === 7 ? 'a week' : 'a day'}`, epochs, lines: sides.map(line)}, span);
    drawn.at(time.epoch + time.hour * 3600);
  };
  choice.addEventListener('change', show);
  show();
  time.follow((hour) => drawn.at(time.epoch + hour * 3600));
}

function legTable(sides, apart, window, time) {
  const {world} = sides[1].run;
  const number_ = {numeric: true};
  let drawn = 0;
  let table;
  const rows = () => world.legs.map((leg, i) => {
    const at = apart.match[i];
    const left = at < 0 ? NaN : sides[0].flows.now[at];
    const right = sides[1].flows.now[i];
    return {cells: [leg.name, leg.border ? borderLabel(leg.border, world.countries) : '', left, right, right - left]};
  });
  const build = () => {
    const words = window.selectedOptions[0].textContent;
    table = new SortTable(byId('legs'), {
      caption: `Persons who set out ${words}, at the time shown`, sort: 4,
      columns: [{title: 'Leg'}, {title: 'Border'}, {...number_, title: 'Left', unit: 'persons'},
        {...number_, title: 'Right', unit: 'persons'}, {...number_, title: 'Difference', unit: 'persons', signed: true}],
    });
    table.show(rows());
    if (!apart.onlyLeft.length) return;
    table.caption.append(`; legs only the left run has are left out: ${apart.onlyLeft.map((l) => l.name).join(', ')}`);
  };
  window.addEventListener('change', build);
  build();
  time.follow(() => {
    if (!time.playing) table.show(rows());
    else if (performance.now() - drawn > TABLE_PAUSE) {
      drawn = performance.now();
      table.refresh(rows());
    }
  });
}

const SUBJECTS = {all: 'everything', country: 'each country', border: 'each border', screenline: 'each screenline'};

function outcomes(paired, run) {
  const pairing = [
    paired.paired
      ? (paired.pairs > 1 ? `Paired by replicate, ${paired.pairs} pairs; the median difference, and 5 to 95 % of the pairs from 5 pairs on.`
        : 'The same seed in both: chance is shared, so the difference is that of the plans. One pair is one throw of the dice.')
      : 'Different seeds: the runs are not paired, and the difference holds chance too.',
    paired.sameDays ? '' : 'They cover different days: totals do not compare.',
  ];
  say(byId('pairing'), pairing.join(' '));
  const labels = new Map(run.world.countries.map((c) => [c.id, c.label]));
  const subject = (text) => {
    const [kind, id = ''] = text.split(':');
    if (kind === 'country') return labels.get(id) ?? id;
    if (kind === 'border') return borderLabel(id, run.world.countries);
    return (id || kind).replaceAll('_', ' ');
  };
  const found = new Set(paired.rows.map((row) => row.subject.split(':')[0]));
  const choice = options(byId('subjects'), Object.entries(SUBJECTS).filter(([kind]) => found.has(kind)));
  const show = () => {
    const rows = paired.rows.filter((row) => row.subject.split(':')[0] === choice.value);
    const banded = rows.some((row) => row.low !== null);
    const numeric = {numeric: true};
    const table = new SortTable(byId('outcomes'), {
      caption: `Outcomes counted for ${choice.selectedOptions[0].textContent}`, sort: 0, few: 60,
      columns: [
        {title: 'Outcome', text: (_, row) => row.title}, {title: 'For'}, {title: 'Unit'}, {...numeric, title: 'Left'}, {...numeric, title: 'Right'},
        {...numeric, title: 'Difference', signed: true},
        ...(banded ? [{title: '5 to 95 % of pairs'}] : []), {title: 'Better is'}, {title: 'Reading'},
      ],
    });
    table.rising = true;
    table.mark();
    table.show(rows.map((row) => ({
      title: row.outcome.replaceAll('_', ' '),
      cells: [
        `${row.group} ${row.outcome}`, subject(row.subject), row.unit, row.a, row.b, row.difference,
        ...(banded ? [row.low === null ? '' : `${signed(row.low)} to ${signed(row.high)}`] : []),
        row.better === 'neither' ? '' : row.better, reading(row),
      ],
    })));
  };
  choice.addEventListener('change', show);
  show();
}

/** Better, worse, or a harm beyond its margin; nothing where no direction is better. */
function reading({a, difference, better, margin, marginOf}) {
  if (difference === null || better === 'neither') return '';
  if (difference === 0) return 'same';
  const good = (difference > 0) === (better === 'more');
  if (good) return 'better';
  if (margin === null) return 'worse';
  const bound = marginOf === 'unit' ? margin : margin * Math.abs(a ?? 0);
  return Math.abs(difference) > bound ? 'worse, beyond the harm margin' : 'worse, within the harm margin';
}
