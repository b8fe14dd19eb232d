// What the tables of a replay hold: a kind of item, its columns, and how a row is made.

import {borderLabel} from './dom.js';

/** Kinds of table: key, heading. */
export const TABLES = [
  ['leg', 'Legs'], ['sector', 'Green-border sectors'], ['post', 'Crossing points and airports'],
  ['country', 'Countries'],
];

/** Columns of layers by kind: [layer, how]; `window` sums over the window, `now` is the frame's. */
const SHOWN = {
  leg: [['leg.persons', 'window'], ['leg.persons', 'all']],
  sector: [
    ['sector.tried', 'window'], ['sector.intercepted', 'window'], ['sector.not_seen', 'window'],
    ['sector.lost', 'window'], ['sector.aborted', 'window'], ['sector.outside', 'window'],
    ['sector.intercepted', 'all'],
  ],
  post: [
    ['post.mean_wait', 'now'], ['post.queue', 'now'], ['post.on_duty', 'now'],
    ['post.served', 'window'], ['post.tried', 'window'], ['post.found', 'window'],
    ['post.found', 'all'],
  ],
  country: [['country.present', 'now']],
};

/** Return {columns, rows(hour)} of a kind of table of a run over a window in words. */
export function tableOf(kind, run, window, words) {
  const items = run.world[{leg: 'legs', sector: 'sectors', post: 'posts', country: 'countries'}[kind]];
  const heads = {
    leg: ['leg', 'border', 'by'], sector: ['sector', 'border'], post: ['crossing point', 'border'],
    country: ['country'],
  }[kind];
  const fixed = items.map((item) => {
    const border = item.border ? borderLabel(item.border, run.world.countries) : '';
    return {
      leg: [item.name, border, item.mode], sector: [item.name, border], post: [item.name, border],
      country: [item.label],
    }[kind];
  });
  const shown = SHOWN[kind].map(([name, how]) => [run.layer(name), how]);
  const when = {window: words, all: 'so far'};
  const columns = [
    ...heads.map((title) => ({title: capital(title), numeric: false})),
    ...shown.map(([layer, how]) => ({
      title: capital(when[how] ? `${layer.title}, ${when[how]}` : layer.title),
      unit: layer.unit, numeric: true,
    })),
  ];
  const rows = (hour) => {
    const values = shown.map(([layer, how]) => {
      const frame = run.frame(layer, hour);
      if (how === 'now') return items.map((_, i) => (frame < 0 ? NaN : layer.value(frame, i)));
      return layer.sums(frame, how === 'all' ? 'all' : window);
    });
    return items.map((_, i) => ({cells: [...fixed[i], ...values.map((v) => v[i])]}));
  };
  return {columns, rows, first: heads.length};
}

/** Windows of the map and the tables: key, words. */
export const windowsOf = (run) => [
  ...run.facts.windows.map((days) => [String(days), days === 1 ? 'that day' : `in ${days} days`]),
  ['all', 'so far'],
];

const capital = (text) => text[0].toUpperCase() + text.slice(1);
