// What a role knows, as a map and as tables. The facilitator and the evaluator see the truth.

import {borderLabel, byId, fill, number, options} from './dom.js';
import {RouteMap} from './map.js';
import {SortTable} from './table.js';

const DAY = 24;
const sum = (values) => (values ?? []).slice(-DAY).reduce((a, b) => a + b, 0);
const longest = (post) => Math.max(...post.streams.map((s) => s.wait_min ?? NaN).filter((w) => !Number.isNaN(w)), -Infinity);

const KINDS = {
  sectors: {
    title: 'Green-border sectors', sort: 2, columns: [
      {title: 'Sector'}, {title: 'Border'}, {title: 'Units on patrol', numeric: true}, {title: 'Units busy', numeric: true},
      {title: 'Stopped in 24 h', unit: 'persons', numeric: true}],
    cells: (row, label) => [row.name, label(row.border), row.units_on_patrol, row.units_busy, sum(row.intercepted)],
  },
  posts: {
    title: 'Crossing points', sort: 4, columns: [
      {title: 'Crossing point'}, {title: 'Border'}, {title: 'Open'}, {title: 'Officers on duty', numeric: true},
      {title: 'Queue', unit: 'units', numeric: true}, {title: 'Longest wait', unit: 'min', numeric: true},
      {title: 'Found in 24 h', unit: 'persons', numeric: true}],
    cells: (row, label) => {
      const wait = longest(row);
      return [row.name, label(row.border), row.open ? 'yes' : 'no', row.officers_on_duty,
        row.streams.reduce((a, s) => a + s.queue, 0), Number.isFinite(wait) ? wait : NaN, sum(row.found)];
    },
  },
  places: {
    title: 'Reception', sort: 1, columns: [
      {title: 'Place'}, {title: 'Places', unit: 'beds', numeric: true}, {title: 'Taken', unit: 'beds', numeric: true}],
    cells: (row) => [row.name, row.beds ?? NaN, row.in_beds ?? NaN],
  },
  desks: {
    title: 'Desks of centres', sort: 4, columns: [
      {title: 'Centre'}, {title: 'Desk of'}, {title: 'Officers on duty', numeric: true}, {title: 'At work', numeric: true},
      {title: 'Requests waiting', numeric: true}],
    cells: (row) => [row.name, row.desk, row.officers_on_duty ?? NaN, row.officers_at_work ?? NaN, row.requests_waiting ?? NaN],
  },
  requests: {
    title: 'Requests, the latest', sort: 3, columns: [
      {title: 'Kind'}, {title: 'Asked by'}, {title: 'Asked of'}, {title: 'Asked at'}, {title: 'Limit'}, {title: 'Answered'}, {title: 'Answer held something'}],
    cells: (row) => [row.kind.replaceAll('_', ' '), row.from, row.of, row.asked, row.limit,
      row.answered ?? (row.late ? 'not yet, late' : 'not yet'), row.hit === null ? '' : row.hit ? 'yes' : 'no'],
  },
  series: {
    title: 'Registered persons by day', sort: 1, columns: [
      {title: 'Series'}, {title: 'Day'}, {title: 'Registered', unit: 'persons', numeric: true}],
    cells: (row) => [row.series.replaceAll('_', ' '), row.day, row.persons],
  },
  legs: {
    title: 'On the way now (truth)', sort: 2, columns: [
      {title: 'Leg'}, {title: 'Border'}, {title: 'Persons', numeric: true}, {title: 'Of these led by networks', numeric: true}],
    cells: (row, label) => [row.name, label(row.border), row.persons, row.guided],
  },
};

export class Knowledge {
  constructor(facts) {
    this.world = facts.world;
    this.label = (border) => (border ? borderLabel(border, this.world.countries) : '');
    this.legs = new Map(this.world.legs.map((leg, i) => [leg.id, i]));
    this.map = new RouteMap(byId('map'), this.world, facts.outlines, {
      label: `Map of ${this.world.title}`, describe: (kind, i) => this.describe(kind, i),
    });
    this.kind = byId('known-kind');
    this.kind.addEventListener('change', () => this.table());
  }

  show(view) {
    if (!this.view && !view.truth) this.map.focus([...view.posts, ...view.sectors, ...view.places, ...(view.centres ?? [])]);
    this.view = view;
    const rows = Object.keys(KINDS).filter((kind) => this.rows(kind).length);
    const known = rows.join();
    if (known !== this.known) {
      this.known = known;
      const before = this.kind.value;
      options(this.kind, rows.map((kind) => [kind, KINDS[kind].title]));
      if (rows.includes(before)) this.kind.value = before;
      this.table();
    } else this.refresh();
    this.draw();
  }

  rows(kind) {
    const {view} = this;
    if (kind === 'series') {
      return Object.entries(view.series).flatMap(([series, days]) => days.map((day) => ({series, ...day})));
    }
    if (!KINDS[kind]) return [];
    const country = (code) => this.world.countries.find((c) => c.id === code)?.label ?? code;
    if (kind === 'desks') {
      return (view.centres ?? []).flatMap(({name, desks}) => desks.map((d) => ({...d, name, desk: country(d.country)})));
    }
    if (kind === 'requests') {
      return (view.requests?.latest ?? []).map((r) => ({...r, from: country(r.asking), of: country(r.answering)}));
    }
    if (kind === 'legs') {
      const counts = view.truth?.legs ?? {};
      return Object.keys(counts).length || view.truth
        ? this.world.legs.map((leg) => ({...leg, persons: 0, guided: 0, ...counts[leg.id]})) : [];
    }
    return view[kind] ?? [];
  }

  made() {
    const {cells} = KINDS[this.kind.value] ?? {cells: () => []};
    return this.rows(this.kind.value).map((row) => ({cells: cells(row, this.label)}));
  }

  table() {
    const kind = KINDS[this.kind.value];
    if (!kind) {
      fill(byId('known'), 'This role sees no numbers of its own.');
      return;
    }
    this.shown = new SortTable(byId('known'), {caption: `${kind.title}, as known now`, columns: kind.columns, sort: kind.sort});
    this.shown.show(this.made());
  }

  refresh() {
    const rows = this.made();
    if (!KINDS[this.kind.value]) return;
    if (!this.shown) this.table();
    else if (rows.length !== this.shown.rows.length || this.kind.value === 'requests') this.shown.show(rows);
    else this.shown.refresh(rows);
  }

  draw() {
    const {view, world} = this;
    const legs = new Float64Array(world.legs.length);
    Object.entries(view.truth?.legs ?? {}).forEach(([id, {persons}]) => { legs[this.legs.get(id)] = persons; });
    const rings = {
      sector: byIds(world.sectors, view.sectors, (row) => sum(row.intercepted)),
      post: byIds(world.posts, view.posts, (row) => sum(row.found)),
    };
    const most = Math.max(...legs, 10);
    const ringMost = Math.max(...rings.sector, ...rings.post, 5);
    this.map.draw({legs, most, rings, ringMost});
    const key = `${most} ${ringMost}`;
    if (key === this.key) return;
    this.key = key;
    this.map.explain(world.legs.length ? most : 0, 'persons on the way', 'persons stopped or found in 24 h', ringMost, world.legs.length > 0);
  }

  describe(kind, i) {
    const {world, view} = this;
    if (kind === 'leg') return `${world.legs[i].name}: ${number(view?.truth?.legs[world.legs[i].id]?.persons ?? 0)} persons on the way`;
    const row = {place: world.places, centre: world.centres, sector: world.sectors, post: world.posts}[kind][i];
    const known = {sector: view?.sectors, post: view?.posts, place: view?.places}[kind]?.find((k) => k.id === row.id);
    if (!known) return `${row.name}: you know no more of it`;
    if (kind === 'sector') return `${row.name}: ${number(known.units_on_patrol)} units on patrol, ${number(sum(known.intercepted))} persons stopped in 24 h`;
    if (kind === 'post') return `${row.name}: ${known.open ? 'open' : 'closed'}, ${number(known.officers_on_duty)} officers on duty, ${number(sum(known.found))} persons found in 24 h`;
    return `${row.name}: ${known.beds === null ? 'reception not recorded' : `${number(known.in_beds)} of ${number(known.beds)} beds taken`}`;
  }
}

const byIds = (all, known, value) => {
  const found = new Map((known ?? []).map((row) => [row.id, value(row)]));
  return all.map((row) => found.get(row.id) ?? 0);
};
