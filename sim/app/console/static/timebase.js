// The one time state of a page: both plans, the charts and the tables follow it.

import {reducedMotion} from './look.js';

/** Milliseconds between two steps where motion is to be reduced. */
const CALM = 500;

export class TimeState {
  /** Hours run from 0 to `hours`; `epoch` is the second (UTC) of hour 0. */
  constructor(epoch, hours, zone) {
    Object.assign(this, {epoch, hours, zone, hour: 0, playing: false, daysPerSecond: 7});
    this.followers = [];
    this.watchers = [];
    this.last = 0;
    this.dayFormat = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone, weekday: 'short', day: 'numeric', month: 'long', year: 'numeric',
    });
    this.hourFormat = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23',
    });
  }

  /** Called at every change of the hour, at most once a frame. */
  follow(follower) {
    this.followers.push(follower);
  }

  /** Called when playing begins or ends. */
  watch(watcher) {
    this.watchers.push(watcher);
  }

  set(hour) {
    this.hour = Math.min(Math.max(hour, 0), this.hours);
    this.followers.forEach((follower) => follower(this.hour));
  }

  play() {
    if (this.playing) return;
    if (this.hour >= this.hours) this.set(0);
    this.playing = true;
    this.last = performance.now();
    this.watchers.forEach((watcher) => watcher(true));
    requestAnimationFrame((now) => this.advance(now));
  }

  pause() {
    if (!this.playing) return;
    this.playing = false;
    this.watchers.forEach((watcher) => watcher(false));
    this.set(this.hour);
  }

  advance(now) {
    if (!this.playing) return;
    const passed = now - this.last;
    if (!reducedMotion.matches || passed >= CALM) {
      this.last = now;
      this.set(this.hour + (Math.max(passed, 0) / 1000) * this.daysPerSecond * 24);
      if (this.hour >= this.hours) {
        this.pause();
        return;
      }
    }
    requestAnimationFrame((next) => this.advance(next));
  }

  date(hour = this.hour) {
    return new Date((this.epoch + hour * 3600) * 1000);
  }

  /** `Sat, 3 March 2018`; the last moment belongs to the day that ends with it. */
  day(hour = this.hour) {
    return this.dayFormat.format(this.date(Math.min(hour, this.hours - 0.01)));
  }

  time(hour = this.hour) {
    return `${this.day(hour)}, ${this.hourFormat.format(this.date(hour))}`;
  }
}
