// A table that sorts by any column; numbers are filled in without rebuilding it.

import {el, fill, number, say, signed} from './dom.js';

/** Rows shown before the reader asks for all. */
const FEW = 20;

export class SortTable {
  /**
   * `columns`: {name, title, unit, numeric, signed}. Rows are arrays of cell values in their order;
   * the first column heads the row.
   */
  constructor(place, {caption, columns, sort = 1, few = FEW}) {
    Object.assign(this, {columns, sort, few, rising: false, rows: [], all: false});
    this.caption = el('caption', {}, caption);
    this.heads = columns.map((column, i) => this.head(column, i));
    this.body = el('tbody');
    this.more = el('button', {type: 'button', onclick: () => this.toggle()});
    this.table = el('table', {class: 'numbers'}, this.caption,
      el('thead', {}, el('tr', {}, ...this.heads)), this.body);
    fill(place, el('div', {class: 'scroll', tabindex: 0, role: 'group', 'aria-label': caption},
      this.table), this.more);
    this.mark();
  }

  head(column, i) {
    const text = column.unit ? `${column.title} (${column.unit})` : column.title;
    const title = column.hint ?? null;
    return el('th', {scope: 'col', class: column.numeric ? 'number' : null, title},
      el('button', {type: 'button', class: 'sort', onclick: () => this.by(i)}, text));
  }

  by(i) {
    this.rising = this.sort === i ? !this.rising : !this.columns[i].numeric;
    this.sort = i;
    this.mark();
    this.show(this.rows);
  }

  mark() {
    this.heads.forEach((head, i) => {
      head.setAttribute('aria-sort', i !== this.sort ? 'none' : this.rising ? 'ascending' : 'descending');
    });
  }

  toggle() {
    this.all = !this.all;
    this.show(this.rows);
  }

  /** Show rows, sorted anew. */
  show(rows) {
    this.rows = rows;
    const way = this.rising ? 1 : -1;
    const {numeric} = this.columns[this.sort];
    const key = (row) => row.cells[this.sort];
    this.order = [...rows.keys()].sort((a, b) => {
      const [x, y] = [key(rows[a]), key(rows[b])];
      if (!numeric) return way * String(x).localeCompare(String(y));
      const [lost, gone] = [missing(x), missing(y)];
      if (lost || gone) return lost - gone; // what is not recorded comes last, either way
      return way * (x - y) || a - b;
    });
    const seen = this.all ? this.order : this.order.slice(0, this.few);
    this.seen = seen;
    const cells = seen.map((at) => rows[at].cells.map((_, i) => (i
      ? el('td', {class: this.columns[i].numeric ? 'number' : null})
      : el('th', {scope: 'row'}))));
    fill(this.body, ...cells.map((row) => el('tr', {}, ...row)));
    this.cells = cells;
    this.refresh(rows);
    this.more.hidden = rows.length <= this.few;
    say(this.more, this.all ? `Show ${this.few} rows` : `Show all ${rows.length} rows`);
  }

  /** Fill in new numbers and keep the order: rows must be those of `show`. */
  refresh(rows) {
    this.rows = rows;
    this.seen.forEach((at, line) => {
      rows[at].cells.forEach((value, i) => say(this.cells[line][i], this.text(value, i, rows[at])));
    });
  }

  text(value, i, row) {
    const column = this.columns[i];
    if (column.text) return column.text(value, row);
    if (!column.numeric) return String(value);
    return column.signed ? signed(value) : number(value);
  }
}

const missing = (value) => Number(value === null || value === undefined || Number.isNaN(value));
