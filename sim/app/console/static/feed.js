// Events up to now, newest first.

import {el, fill} from './dom.js';

const SHOWN = 30;

export class Feed {
  constructor(place, run, time) {
    Object.assign(this, {place, run, time, count: -1});
    const {world} = run;
    const named = (kind, rows) => rows.map((row) => [`${kind}:${row.id}`, row.name ?? row.label]);
    this.names = new Map([
      ...named('post', world.posts), ...named('sector', world.sectors),
      ...named('country', world.countries), ...named('place', world.places),
      ...named('leg', world.legs), ...named('centre', world.centres),
    ]);
  }

  at(hour) {
    const {events} = this.run.facts;
    let count = 0;
    while (count < events.length && events[count].hour <= hour) count += 1;
    if (count === this.count) return;
    this.count = count;
    const rows = events.slice(Math.max(count - SHOWN, 0), count).reverse();
    fill(this.place, ...(rows.length ? rows.map((event) => this.entry(event)) : [
      el('li', {class: 'quiet'}, events.length ? 'Nothing has happened yet.' : 'This run records no events.')]));
  }

  entry({hour, kind, subject, text}) {
    const name = this.names.get(subject) ?? subject.replace(/^[a-z]+:/, '').replaceAll('_', ' ');
    return el('li', {}, el('time', {}, this.time.time(hour)), el('b', {}, kind), ` ${name}: ${text}`);
  }
}
