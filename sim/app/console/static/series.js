// Series through time that the charts draw, made in the browser from the layers of a run.

import {borderLabel} from './dom.js';

const NAMED = 6;
const OUTCOMES = ['not_seen', 'lost', 'aborted', 'intercepted', 'outside'];
/** Runs longer than this many days are drawn by the week. */
const DAILY = 120;

/** Kinds of chart: key, heading. */
export const CHARTS = [
  ['crossings', 'Setting out over borders'],
  ['attempts', 'Attempts at the green border'],
  ['waits', 'Lawful travellers: mean wait at posts'],
  ['present', 'Persons present by country'],
];

/** Return {unit, epochs, lines: [{label, values}]} of one kind of chart. */
export function seriesOf(kind, run) {
  return {crossings, attempts, waits, present}[kind](run);
}

function bins(run, layer) {
  const {midnights, epoch} = run.clock;
  const days = midnights.length - 1;
  const length = days > DAILY ? 7 : 1;
  const count = Math.floor(days / length) || 1;
  const frames = (day) => (layer.step === 'hour' ? midnights[Math.min(day, days)] : day);
  return {
    length, count,
    epochs: Array.from({length: count}, (_, i) => epoch + midnights[i * length] * 3600),
    range: (i) => [frames(i * length), Math.min(frames((i + 1) * length), layer.frames)],
    word: length === 7 ? 'a week' : 'a day',
  };
}

/** Sum of some items of a layer over a bin. */
function summed(layer, items, bin) {
  return Array.from({length: bin.count}, (_, i) => {
    const [from, until] = bin.range(i);
    let sum = 0;
    for (let frame = from; frame < until; frame += 1) {
      for (const item of items) sum += layer.value(frame, item) || 0;
    }
    return sum;
  });
}

const total = (values) => values.reduce((a, b) => a + (b || 0), 0);

/** The largest series by name; the rest are one. */
function largest(lines, other) {
  const sorted = lines.filter((l) => total(l.values) > 0).sort((a, b) => total(b.values) - total(a.values));
  if (sorted.length <= NAMED + 1) return sorted;
  const rest = sorted.slice(NAMED);
  const sums = rest[0].values.map((_, i) => rest.reduce((sum, line) => sum + (line.values[i] || 0), 0));
  return [...sorted.slice(0, NAMED), {label: `${other} (${rest.length})`, values: sums, rest: true}];
}

function crossings(run) {
  const layer = run.layer('leg.persons');
  const bin = bins(run, layer);
  const groups = new Map();
  run.world.legs.forEach((leg, i) => {
    if (leg.border) groups.set(leg.border, [...(groups.get(leg.border) ?? []), i]);
  });
  const lines = [...groups].map(([border, legs]) => ({
    label: borderLabel(border, run.world.countries), values: summed(layer, legs, bin),
  }));
  return {unit: `persons ${bin.word}, both ways`, epochs: bin.epochs, lines: largest(lines, 'other borders')};
}

function attempts(run) {
  const first = run.layer('sector.tried');
  const bin = bins(run, first);
  const all = run.world.sectors.map((_, i) => i);
  const lines = OUTCOMES.map((name) => {
    const layer = run.layer(`sector.${name}`);
    return {label: layer.title, values: summed(layer, all, bin)};
  });
  return {unit: `persons ${bin.word}`, epochs: bin.epochs, lines};
}

function waits(run) {
  const layer = run.layer('post.mean_wait');
  const bin = bins(run, layer);
  const lines = run.world.posts.map((post, item) => ({
    label: post.name,
    values: Array.from({length: bin.count}, (_, i) => {
      const [from, until] = bin.range(i);
      const known = [];
      for (let frame = from; frame < until; frame += 1) {
        const value = layer.value(frame, item);
        if (!Number.isNaN(value)) known.push(value);
      }
      return known.length ? total(known) / known.length : null;
    }),
  }));
  const named = lines.filter((l) => total(l.values) > 0).sort((a, b) => total(b.values) - total(a.values)).slice(0, NAMED);
  return {unit: 'minutes, the posts with the longest waits', epochs: bin.epochs, lines: named};
}

function present(run) {
  const layer = run.layer('country.present');
  const {midnights, epoch, start, until} = run.clock;
  const day = (text) => Date.parse(`${text}T00:00:00Z`) / 86400000;
  const ends = run.facts.months.map((month) => {
    const [year, number] = month.split('-').map(Number);
    return Math.min(Date.UTC(year, number, 1) / 86400000, day(until)) - day(start);
  });
  const lines = run.world.countries.map((country, item) => ({
    label: country.label, values: ends.map((_, frame) => layer.value(frame, item)),
  }));
  return {
    unit: 'persons at the end of the month',
    epochs: ends.map((d) => epoch + midnights[d] * 3600),
    lines: largest(lines, 'other countries'),
  };
}
