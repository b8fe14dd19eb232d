// What a map shows at a moment: sums over a window, moving smoothly from frame to frame.

import {reducedMotion} from './look.js';

/** Values of legs and rings of one run at any hour, computed anew only when a frame begins. */
export class Flows {
  constructor(run) {
    this.run = run;
    this.legs = run.layer('leg.persons');
    this.stops = run.layer('sector.intercepted');
    this.finds = run.layer('post.found');
    this.now = new Float64Array(this.legs.items);
    this.next = new Float64Array(this.legs.items);
    this.values = new Float64Array(this.legs.items);
    this.rings = {sector: new Float64Array(this.stops.items), post: new Float64Array(this.finds.items)};
    this.frame = null;
  }

  setWindow(window) {
    this.window = window;
    this.frame = null;
  }

  most() {
    return Math.max(this.legs.peaks[this.window], 1);
  }

  ringMost() {
    return Math.max(this.stops.peaks[this.window], this.finds.peaks[this.window], 1);
  }

  /** Return the values of legs at an hour of the run. */
  at(hour) {
    const {run, legs} = this;
    const frame = run.frame(legs, hour);
    if (frame !== this.frame) {
      legs.sums(frame, this.window, this.now);
      const more = frame + 1 < legs.frames && hour >= 0;
      legs.sums(more ? frame + 1 : frame, this.window, this.next);
      this.stops.sums(run.frame(this.stops, hour), this.window, this.rings.sector);
      this.finds.sums(run.frame(this.finds, hour), this.window, this.rings.post);
      this.frame = frame;
    }
    const share = reducedMotion.matches || frame < 0 ? 0 : run.within(legs, hour);
    for (let i = 0; i < this.values.length; i += 1) {
      this.values[i] = this.now[i] + (this.next[i] - this.now[i]) * share;
    }
    return this.values;
  }
}
