// What the server hands out: facts as JSON, numbers as little-endian arrays in blocks, once.

/** Fetch JSON; a refusal becomes an Error with the server's sentence. */
export async function fetchJson(address, init = {}) {
  const answer = await fetch(address, init);
  const data = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(data.error ?? `the console answered ${answer.status}`);
  return data;
}

/** One quantity of every item of a kind through time; NaN is not recorded. */
export class Layer {
  constructor(run, head) {
    Object.assign(this, head);
    this.address = `/api/runs/${run}/layers/${head.name}/`;
    this.missing = head.bytes === 2 ? 0xffff : 0xffffffff;
    const Numbers = head.bytes === 2 ? Uint16Array : Uint32Array;
    this.numbers = new Numbers(head.frames * head.items);
    this.loaded = new Array(head.blocks).fill(false);
    this.coming = new Array(head.blocks).fill(null);
    this.before = [new Float64Array(head.items)]; // sums of all frames before a block
  }

  /** Fetch a block, once. */
  load(block) {
    this.coming[block] ??= this.fetchBlock(block);
    return this.coming[block];
  }

  async fetchBlock(block) {
    const answer = await fetch(`${this.address}${block}`);
    if (!answer.ok) throw new Error(`a part of ${this.title} did not arrive`);
    const part = new this.numbers.constructor(await answer.arrayBuffer());
    this.numbers.set(part, block * this.framesPerBlock * this.items);
    this.loaded[block] = true;
    this.addUp();
  }

  /** Fetch everything: the block shown first, then onwards from there, then what lies before. */
  async loadAll(frame = 0) {
    const first = Math.min(Math.floor(frame / this.framesPerBlock), Math.max(this.blocks - 1, 0));
    for (let i = 0; i < this.blocks; i += 1) await this.load((first + i) % this.blocks);
  }

  get whole() {
    return this.loaded.every(Boolean);
  }

  addUp() {
    while (this.before.length <= this.blocks && this.loaded[this.before.length - 1]) {
      const block = this.before.length - 1;
      const sums = Float64Array.from(this.before[block]);
      const end = Math.min((block + 1) * this.framesPerBlock, this.frames);
      this.add(sums, block * this.framesPerBlock, end);
      this.before.push(sums);
    }
  }

  add(sums, from, until) {
    const {numbers, items, scale, missing} = this;
    for (let frame = from; frame < until; frame += 1) {
      const row = frame * items;
      for (let i = 0; i < items; i += 1) {
        const value = numbers[row + i];
        if (value !== missing) sums[i] += value / scale;
      }
    }
  }

  value(frame, item) {
    const raw = this.numbers[frame * this.items + item];
    return raw === undefined || raw === this.missing ? NaN : raw / this.scale;
  }

  /** Sums over the frames of a window that ends with a frame; 'all' is from the start on. */
  sums(frame, window, into = new Float64Array(this.items)) {
    into.fill(0);
    if (frame < 0) return into;
    const last = Math.min(frame, this.frames - 1);
    if (window !== 'all') {
      const frames = Number(window) * (this.step === 'hour' ? 24 : 1);
      this.add(into, Math.max(last - frames + 1, 0), last + 1);
      return into;
    }
    const block = Math.floor(last / this.framesPerBlock);
    const known = Math.min(block, this.before.length - 1);
    into.set(this.before[known]);
    this.add(into, known * this.framesPerBlock, last + 1);
    return into;
  }
}

/** A recorded run in the browser: facts, layers, and the calendar of its hours. */
export class Run {
  constructor(id, facts) {
    this.id = id;
    this.facts = facts;
    this.world = facts.world;
    this.clock = facts.clock;
    this.layers = new Map(facts.layers.map((head) => [head.name, new Layer(id, head)]));
  }

  /** Open a run; its outlines are asked for at the same time. */
  static async open(id) {
    const address = `/api/runs/${encodeURIComponent(id)}`;
    const outlines = fetchJson(`${address}/outlines`);
    outlines.catch(() => {}); // told where it is awaited
    const run = new Run(id, await fetchJson(address));
    run.outlines = () => outlines;
    return run;
  }

  /** The rest of the numbers, in the background; the sum of legs comes first. */
  async loadAll() {
    await Promise.all([...this.layers.values()].map((layer) => layer.loadAll()));
  }

  layer(name) {
    return this.layers.get(name);
  }

  get title() {
    const {scenario, plan, seed} = this.facts.run;
    return `${scenario}${plan ? ` with ${plan}` : ''}, seed ${seed}`;
  }

  /** The frame of a layer at an hour of the run: -1 before it, clipped at its end. */
  frame(layer, hour) {
    if (hour < 0) return -1;
    if (layer.step === 'hour') return Math.min(Math.floor(hour), layer.frames - 1);
    if (layer.step === 'day') return Math.min(this.day(hour), layer.frames - 1);
    const month = new Intl.DateTimeFormat('sv-SE', {
      timeZone: this.clock.zone, year: 'numeric', month: '2-digit',
    }).format(new Date((this.clock.epoch + hour * 3600) * 1000)); // YYYY-MM
    return Math.max(this.facts.months.indexOf(month) - 1, -1); // the last month that has ended
  }

  /** Civil days since the start. */
  day(hour) {
    const {midnights} = this.clock;
    let day = Math.min(Math.max(Math.floor(hour / 24), 0), midnights.length - 1);
    while (day > 0 && midnights[day] > hour) day -= 1;
    while (day + 1 < midnights.length && midnights[day + 1] <= hour) day += 1;
    return day;
  }

  /** How far an hour lies into the frame of a layer, 0 to 1. */
  within(layer, hour) {
    if (layer.step === 'hour') return hour - Math.floor(hour);
    const {midnights} = this.clock;
    const day = this.day(hour);
    if (day + 1 >= midnights.length) return 0;
    return (hour - midnights[day]) / (midnights[day + 1] - midnights[day]);
  }
}
