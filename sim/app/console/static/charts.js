// Charts: uPlot draws them once; a line for the present time moves over them.

import {el, fill, number, say, svg} from './dom.js';
import {DASHES, GRID, INK, MUTED, OKABE_ITO, REST} from './look.js';

/* global uPlot */

const HIGH = 210;

export class Chart {
  /** `place` is a div; `onPick(epoch)` is called when a moment in the chart is clicked. */
  constructor(place, zone, onPick = null) {
    Object.assign(this, {zone, onPick, plot: null, epoch: null});
    this.box = el('div', {class: 'plot', role: 'img'});
    this.now = el('div', {class: 'nowline'});
    this.legend = el('ul', {class: 'legend'});
    this.unit = el('p', {class: 'unit'});
    fill(place, this.unit, this.box, this.legend);
    new ResizeObserver(() => this.fit()).observe(this.box);
  }

  /** Draw {unit, epochs, lines}; `span` is [first, last] second of the time axis. */
  show(name, {unit, epochs, lines}, span) {
    this.plot?.destroy();
    this.box.replaceChildren();
    this.data = {epochs, lines};
    this.index = null;
    say(this.unit, unit);
    this.box.setAttribute('aria-label', lines.length
      ? `${name}, ${unit}: ${lines.map((l) => l.label).join('; ')}. Numbers of the present time stand in the list below.`
      : `${name}: nothing is recorded`);
    this.values = lines.map((line, i) => this.entry(line, i));
    fill(this.legend, ...(lines.length ? this.values.map((v) => v.item) : [el('li', {}, 'Nothing is recorded.')]));
    const line = (l, i) => ({
      label: l.label, stroke: colour(l, i), width: 1.8, dash: DASHES[i % DASHES.length],
      points: {show: epochs.length < 3}, spanGaps: false,
    });
    const month = new Intl.DateTimeFormat('en-GB', {timeZone: this.zone, month: 'short'});
    const day = new Intl.DateTimeFormat('en-GB', {timeZone: this.zone, day: 'numeric', month: 'short'});
    const year = new Intl.DateTimeFormat('en-GB', {timeZone: this.zone, year: 'numeric'});
    let before = '';
    const moments = (_, splits, axis, space, step) => splits.map((second, i) => {
      const date = new Date(second * 1000);
      const text = step >= 28 * 86400 ? month.format(date) : day.format(date);
      const own = year.format(date);
      if (i === 0) before = '';
      const named = own !== before ? `${text}\n${own}` : text;
      before = own;
      return named;
    });
    const axis = {stroke: INK, grid: {stroke: GRID, width: 1}, ticks: {stroke: GRID}, font: '12px system-ui, sans-serif'};
    this.plot = new uPlot({
      width: this.box.clientWidth || 400, height: HIGH,
      legend: {show: false}, cursor: {show: false},
      tzDate: (second) => uPlot.tzDate(new Date(second * 1000), this.zone),
      scales: {x: {time: true, range: () => span}, y: {range: (_, low, high) => [0, high > 0 ? high * 1.05 : 1]}},
      axes: [{...axis, values: moments, size: 44}, {...axis, size: 62, values: (_, splits) => splits.map(number)}],
      series: [{}, ...lines.map(line)],
    }, [epochs, ...lines.map((l) => l.values)], this.box);
    this.plot.over.append(this.now);
    this.plot.over.addEventListener('click', (event) => {
      const box = this.plot.over.getBoundingClientRect();
      this.onPick?.(this.plot.posToVal(event.clientX - box.left, 'x'));
    });
    if (this.epoch !== null) this.at(this.epoch);
  }

  entry(line, i) {
    const stroke = {x1: 1, x2: 27, y1: 6, y2: 6, stroke: colour(line, i), 'stroke-width': 2.4};
    const swatch = svg('line', stroke);
    if (DASHES[i % DASHES.length].length) swatch.setAttribute('stroke-dasharray', DASHES[i % DASHES.length].join(' '));
    const value = el('b');
    const item = el('li', {}, svg('svg', {width: 28, height: 12, 'aria-hidden': 'true'}, swatch), ` ${line.label} `, value);
    return {item, value};
  }

  /** Move the line of the present time, and the numbers with it. */
  at(epoch) {
    this.epoch = epoch;
    if (!this.plot) return;
    this.now.style.transform = `translateX(${this.plot.valToPos(epoch, 'x')}px)`;
    const {epochs, lines} = this.data;
    let i = epochs.length - 1;
    while (i > 0 && epochs[i] > epoch) i -= 1;
    if (i === this.index) return;
    this.index = i;
    lines.forEach((line, n) => {
      const known = epochs.length && epochs[i] <= epoch;
      say(this.values[n].value, known ? number(line.values[i]) : '\u2013');
    });
  }

  fit() {
    const wide = this.box.clientWidth;
    if (!this.plot || !wide || wide === this.plot.width) return;
    this.plot.setSize({width: wide, height: HIGH});
    if (this.epoch !== null) this.at(this.epoch);
  }
}

const colour = (line, i) => (line.rest ? REST : OKABE_ITO[i % OKABE_ITO.length] ?? MUTED);
