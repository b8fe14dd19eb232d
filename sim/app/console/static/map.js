// The map: outlines, places and names drawn once, flows each frame between them, on 2D canvases.

import {el, fill, number, say, svg} from './dom.js';
import {
  CONTEXT, EDGE, FLOW, INK, LAND, LESS, MARKS, MORE, MUTED, UNUSED, markPoints,
} from './look.js';

const WIDEST = 9;
const THINNEST = 0.8;
const RING = 15;
const CLOSE = 14; // pixels within which the pointer names a leg or a mark
const ZOOM = 1.5;
const MOST_ZOOM = 24;
const LEAST_CHANGE = 0.12; // pixels
const FEW_CONTROLS = 12; // as many are named without zooming in

/** Width of a leg: it grows with the square root, so that small flows are seen beside large. */
export const widthOf = (value, most) =>
  (value > 0 ? Math.max(WIDEST * Math.sqrt(value / most), THINNEST) : 0);

/** A leg along way points: quadratic pieces from middle to middle, a little to their right. */
function along(points, aside) {
  const bends = points.slice(1, -1).map(([x, y], i) => {
    const dx = points[i + 2][0] - points[i][0];
    const dy = points[i + 2][1] - points[i][1];
    const long = Math.hypot(dx, dy) || 1;
    return [x - aside * dy / long, y + aside * dx / long];
  });
  const path = new Path2D();
  path.moveTo(...points[0]);
  bends.forEach((bend, i) => {
    const next = bends[i + 1];
    path.quadraticCurveTo(...bend, ...(next ? [(bend[0] + next[0]) / 2, (bend[1] + next[1]) / 2] : points.at(-1)));
  });
  const half = Math.floor((bends.length - 1) / 2);
  const [from, to] = [[points[0], ...bends][half], [...bends, points.at(-1)][half + 1]];
  const [first, last] = [points[0], points.at(-1)];
  const middle = bends.length % 2 ? bends[half] : [(bends[half][0] + bends[half + 1][0]) / 2, (bends[half][1] + bends[half + 1][1]) / 2];
  return {path, middle, angle: Math.atan2(to[1] - from[1], to[0] - from[0]), long: Math.hypot(last[0] - first[0], last[1] - first[1])};
}

export class RouteMap {
  /**
   * Draw into `place` (a div). `world` holds places, legs, sectors, posts, centres, countries;
   * legs may be none. `describe(kind, index)` gives what the pointer's line says of an item.
   */
  constructor(place, world, outlines, {label, describe = () => '', signed = false} = {}) {
    Object.assign(this, {world, outlines, describe, signed, shown: null});
    this.zoom = 1;
    this.centre = null;
    this.ground = el('canvas', {'aria-hidden': 'true'});
    this.flows = el('canvas', {'aria-hidden': 'true'});
    this.names = el('canvas', {'aria-hidden': 'true'});
    this.frame = el('div', {
      class: 'frame', tabindex: 0, role: 'group',
      'aria-label': `${label}. Arrow keys move the map, plus and minus zoom. The table below ` +
        'holds every number it shows.',
    }, this.ground, this.flows, this.names);
    this.line = el('p', {class: 'pointed'});
    const button = (text, name, act) =>
      el('button', {type: 'button', 'aria-label': name, title: name, onclick: act}, text);
    const tools = el('div', {class: 'tools'},
      button('+', 'Zoom in', () => this.zoomBy(ZOOM)),
      button('\u2212', 'Zoom out', () => this.zoomBy(1 / ZOOM)),
      button('Whole map', 'Show the whole map', () => this.whole()));
    this.key = el('div', {class: 'key'});
    fill(place, el('div', {class: 'stage'}, this.frame, tools), this.line, this.key);
    this.at = new Map(world.places.map((p) => [p.id, p]));
    this.bounds = boundsOf([...world.places, ...world.posts, ...world.sectors, ...world.centres]);
    this.frame.style.aspectRatio = String(this.ratio());
    this.listen();
    new ResizeObserver(() => this.layout()).observe(this.frame);
    this.inSight = true;
    new IntersectionObserver(([entry]) => this.sight(entry.isIntersecting)).observe(this.frame);
    this.layout();
  }

  /** A map out of sight is not drawn; it catches up when it is scrolled to. */
  sight(now) {
    this.inSight = now;
    if (now && this.shown) this.draw(this.shown);
  }

  ratio() {
    const {west, east, south, north} = this.bounds;
    const squeeze = Math.cos(((south + north) / 2) * Math.PI / 180);
    return Math.min(Math.max(((east - west) * squeeze) / (north - south), 0.8), 2);
  }

  listen() {
    this.frame.addEventListener('keydown', (event) => this.onKey(event));
    this.frame.addEventListener('pointermove', (event) => this.onMove(event));
    this.frame.addEventListener('pointerleave', () => say(this.line, ''));
    this.frame.addEventListener('pointerdown', (event) => {
      this.dragged = [event.clientX, event.clientY];
      this.frame.setPointerCapture(event.pointerId);
    });
    this.frame.addEventListener('pointerup', () => { this.dragged = null; });
  }

  onKey(event) {
    const step = 60;
    const moves = {
      ArrowLeft: [step, 0], ArrowRight: [-step, 0], ArrowUp: [0, step], ArrowDown: [0, -step],
    };
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (moves[event.key]) this.move(...moves[event.key]);
    else if (event.key === '+' || event.key === '=') this.zoomBy(ZOOM);
    else if (event.key === '-') this.zoomBy(1 / ZOOM);
    else if (event.key === '0') this.whole();
    else return;
    event.preventDefault();
  }

  onMove(event) {
    if (this.dragged) {
      this.move(event.clientX - this.dragged[0], event.clientY - this.dragged[1]);
      this.dragged = [event.clientX, event.clientY];
      return;
    }
    const box = this.frame.getBoundingClientRect();
    say(this.line, this.nearest(event.clientX - box.left, event.clientY - box.top));
  }

  /** Show the part that holds these points (rows with lon and lat), and what lies round it. */
  focus(points) {
    if (!points.length) return;
    const part = boundsOf(points);
    const {west, east, south, north} = this.bounds;
    const share = Math.max((part.east - part.west) / (east - west), (part.north - part.south) / (north - south));
    this.zoom = Math.min(Math.max(0.6 / share, 1), MOST_ZOOM);
    if (this.zoom > 1) this.centre = {lon: (part.west + part.east) / 2, lat: (part.south + part.north) / 2};
    this.layout();
  }

  zoomBy(factor) {
    this.zoom = Math.min(Math.max(this.zoom * factor, 1), MOST_ZOOM);
    if (this.zoom === 1) this.centre = null;
    this.layout();
  }

  whole() {
    this.zoom = 1;
    this.centre = null;
    this.layout();
  }

  move(dx, dy) {
    if (this.zoom === 1) return;
    const {lon, lat} = this.centre ?? this.middle();
    const clip = (value, low, high) => Math.min(Math.max(value, low), high);
    const {west, east, south, north} = this.bounds;
    this.centre = {
      lon: clip(lon - dx / (this.scale * this.squeeze), west, east),
      lat: clip(lat + dy / this.scale, south, north),
    };
    this.layout();
  }

  middle() {
    const {west, east, south, north} = this.bounds;
    return {lon: (west + east) / 2, lat: (south + north) / 2};
  }

  /** Fit the canvases to their box, project everything and draw the ground. */
  layout() {
    const wide = this.frame.clientWidth;
    const high = this.frame.clientHeight;
    if (!wide || !high) return;
    const density = Math.min(window.devicePixelRatio || 1, 2);
    for (const canvas of [this.ground, this.flows, this.names]) {
      canvas.width = Math.round(wide * density);
      canvas.height = Math.round(high * density);
    }
    Object.assign(this, {wide, high, density});
    const {west, east, south, north} = this.bounds;
    this.squeeze = Math.cos(((south + north) / 2) * Math.PI / 180);
    this.scale = this.zoom *
      Math.min(wide / ((east - west) * this.squeeze), high / (north - south));
    const {lon, lat} = this.centre ?? this.middle();
    this.project = (x, y) => [
      wide / 2 + (x - lon) * this.squeeze * this.scale, high / 2 - (y - lat) * this.scale,
    ];
    this.curves = this.world.legs.map((leg) => this.curve(leg));
    this.marks = this.placed();
    this.drawGround();
    this.seen = null;
    if (this.shown) this.draw(this.shown);
  }

  /** A leg as an arc bent to the right of its direction, so that both directions are seen. */
  curve(leg) {
    const tail = this.at.get(leg.from);
    const head = this.at.get(leg.to);
    const [x1, y1] = this.project(tail.lon, tail.lat);
    const [x2, y2] = this.project(head.lon, head.lat);
    if (leg.via?.length) return along([[x1, y1], ...leg.via.map(([lon, lat]) => this.project(lon, lat)), [x2, y2]], 0.05 * this.scale);
    const mx = (x1 + x2) / 2 - 0.16 * (y2 - y1);
    const my = (y1 + y2) / 2 + 0.16 * (x2 - x1);
    const path = new Path2D();
    path.moveTo(x1, y1);
    path.quadraticCurveTo(mx, my, x2, y2);
    const angle = Math.atan2(y2 - y1, x2 - x1);
    const middle = [(x1 + 2 * mx + x2) / 4, (y1 + 2 * my + y2) / 4];
    return {path, middle, angle, long: Math.hypot(x2 - x1, y2 - y1)};
  }

  placed() {
    const marks = [];
    const add = (kind, group, row, index) => {
      const [x, y] = this.project(row.lon, row.lat);
      marks.push({kind, group, index, x, y, row});
    };
    this.world.centres.forEach((row, i) => add('centre', 'centre', row, i));
    this.world.posts.forEach((row, i) => add('post', 'post', row, i));
    this.world.sectors.forEach((row, i) => add('sector', 'sector', row, i));
    this.world.places.forEach((row, i) =>
      add(row.kind === 'entry' || row.kind === 'exit' ? row.kind : 'place', 'place', row, i));
    return marks;
  }

  drawGround() {
    const pen = this.ground.getContext('2d');
    pen.setTransform(this.density, 0, 0, this.density, 0, 0);
    pen.fillStyle = '#ffffff';
    pen.fillRect(0, 0, this.wide, this.high);
    if (this.outlines) this.drawOutlines(pen);
    pen.setLineDash([1.5, 3]);
    pen.lineWidth = 0.8;
    pen.strokeStyle = UNUSED;
    this.curves.forEach(({path}) => pen.stroke(path));
    pen.setLineDash([]);
    this.marks.forEach((mark) => drawMark(pen, mark));
    this.drawNames();
  }

  drawOutlines(pen) {
    const codes = new Set(this.world.countries.map((c) => c.id));
    pen.lineJoin = 'round';
    for (const core of [false, true]) {
      for (const feature of this.outlines.features) {
        if (codes.has(feature.properties.code) !== core) continue;
        pen.beginPath();
        for (const ring of rings(feature)) this.trace(pen, ring, true);
        pen.fillStyle = core ? LAND : CONTEXT;
        pen.fill('evenodd');
        pen.strokeStyle = EDGE;
        pen.lineWidth = 0.8;
        pen.stroke();
      }
    }
    for (const border of this.outlines.borders ?? []) {
      for (const line of border.geometry.coordinates) {
        pen.beginPath();
        this.trace(pen, line, false);
        pen.setLineDash([]);
        pen.strokeStyle = LAND;
        pen.lineWidth = 1.8;
        pen.stroke();
        pen.setLineDash(border.style === 'dashed' ? [5, 3] : []);
        pen.strokeStyle = EDGE;
        pen.lineWidth = 1.1;
        pen.stroke();
      }
    }
    pen.setLineDash([]);
  }

  trace(pen, points, closed) {
    points.forEach(([lon, lat], i) => {
      const [x, y] = this.project(lon, lat);
      if (i) pen.lineTo(x, y);
      else pen.moveTo(x, y);
    });
    if (closed) pen.closePath();
  }

  drawNames() {
    const pen = this.names.getContext('2d');
    pen.setTransform(this.density, 0, 0, this.density, 0, 0);
    pen.clearRect(0, 0, this.wide, this.high);
    const taken = this.marks.map(({x, y}) => [x - 4, y - 4, x + 4, y + 4]);
    const write = (text, x, y, font, colour, centred) => {
      pen.font = font;
      const half = pen.measureText(text).width / 2;
      const spots = centred
        ? [[0, 0], [0, -22], [0, 22], [-40, 0], [40, 0], [-40, -22], [40, 22]]
        : [[half + 8, 0], [-half - 8, 0], [0, -12], [0, 12], [half + 6, -10], [-half - 6, 10]];
      const box = spots.map(([dx, dy]) => [x + dx - half - 2, y + dy - 7, x + dx + half + 2, y + dy + 7])
        .find((b) => b[0] > 2 && b[1] > 2 && b[2] < this.wide - 2 && b[3] < this.high - 2 &&
          !taken.some((t) => b[0] < t[2] && b[2] > t[0] && b[1] < t[3] && b[3] > t[1]));
      if (!box) return;
      taken.push(box);
      pen.lineWidth = 3;
      pen.lineJoin = 'round';
      pen.strokeStyle = 'rgba(255,255,255,0.85)';
      pen.fillStyle = colour;
      pen.textAlign = 'center';
      pen.textBaseline = 'middle';
      const [cx, cy] = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
      pen.strokeText(text, cx, cy);
      pen.fillText(text, cx, cy);
    };
    for (const [text, x, y] of this.countryNames()) {
      write(text, x, y, 'italic 13px system-ui, sans-serif', MUTED, true);
    }
    const rank = {exit: 0, entry: 1, hub: 2};
    [...this.world.places]
      .sort((a, b) => (rank[a.kind] ?? 3) - (rank[b.kind] ?? 3))
      .forEach((place) => {
        const [x, y] = this.project(place.lon, place.lat);
        write(place.name, x, y, '11.5px system-ui, sans-serif', INK, false);
      });
    const controls = [...this.world.posts, ...this.world.sectors, ...this.world.centres];
    if (this.zoom < 3 && controls.length > FEW_CONTROLS) return;
    controls.forEach((row) => {
      const [x, y] = this.project(row.lon, row.lat);
      write(row.name, x, y, '11px system-ui, sans-serif', MUTED, false);
    });
  }

  countryNames() {
    const shapes = new Map((this.outlines?.features ?? []).map((f) => [f.properties.code, f]));
    return this.world.countries.flatMap(({id, label}) => {
      if (shapes.has(id)) {
        const seen = rings(shapes.get(id))
          .map((ring) => ring.map(([lon, lat]) => this.project(lon, lat)))
          .map((ring) => ring.map(([x, y]) =>
            [Math.min(Math.max(x, 0), this.wide), Math.min(Math.max(y, 0), this.high)]));
        const size = (ring) => {
          const xs = ring.map((p) => p[0]);
          const ys = ring.map((p) => p[1]);
          return (Math.max(...xs) - Math.min(...xs)) * (Math.max(...ys) - Math.min(...ys));
        };
        const biggest = seen.reduce((a, b) => (size(b) > size(a) ? b : a));
        return size(biggest) > 400 ? [[label, ...middleOf(biggest)]] : [];
      }
      const own = this.world.places.filter((p) => p.country === id);
      if (!own.length) return [];
      const mean = (key) => own.reduce((sum, p) => sum + p[key], 0) / own.length;
      return [[label, ...this.project(mean('lon'), mean('lat'))]];
    });
  }

  /**
   * Draw flows: `legs` (a value a leg), `most` (the value of the widest line), `rings` by group
   * (values by index, and `ringMost`). With `signed`, more and less differ in colour and dash.
   * Nothing is drawn anew while every line and ring is within a part of a pixel of what is seen.
   */
  draw(shown) {
    this.shown = shown;
    if (!this.inSight) return;
    const sizes = this.sizes(shown);
    const seen = this.seen;
    if (seen && !sizes.some((size, i) => Math.abs(size - seen[i]) > LEAST_CHANGE || !size !== !seen[i])) return;
    this.seen = sizes;
    const pen = this.flows.getContext('2d');
    pen.setTransform(this.density, 0, 0, this.density, 0, 0);
    pen.clearRect(0, 0, this.wide, this.high);
    pen.globalAlpha = 0.66;
    this.drawLegs(pen, sizes);
    pen.globalAlpha = 1;
    this.drawRings(pen, sizes);
  }

  /** Width of every leg (negative where a difference is), then the radius of every ring. */
  sizes({legs, most, rings: groups = {}, ringMost = 1}) {
    const sizes = new Float32Array(legs.length + this.marks.length);
    for (let i = 0; i < legs.length; i += 1) {
      sizes[i] = Math.sign(legs[i]) * widthOf(Math.abs(legs[i]), most);
    }
    this.marks.forEach((mark, i) => {
      const value = groups[mark.group]?.[mark.index];
      if (value) sizes[legs.length + i] = 4 + RING * Math.sqrt(value / ringMost);
    });
    return sizes;
  }

  drawLegs(pen, sizes) {
    for (const [colour, dash, sign] of this.signed ? [[LESS, [7, 4], -1], [MORE, [], 1]] : [[FLOW, [], 1]]) {
      pen.strokeStyle = colour;
      pen.fillStyle = colour;
      pen.setLineDash(dash);
      const heads = new Path2D();
      this.curves.forEach(({path, middle, angle, long}, i) => {
        const width = sizes[i] * sign;
        if (width <= 0) return;
        pen.lineWidth = width;
        pen.stroke(path);
        if (long > 16) arrow(heads, middle, angle, 3.4 + width * 0.62);
      });
      pen.fill(heads);
    }
    pen.setLineDash([]);
  }

  drawRings(pen, sizes) {
    pen.lineWidth = 1.6;
    pen.strokeStyle = INK;
    const rings = new Path2D();
    this.marks.forEach(({x, y}, i) => {
      const radius = sizes[this.curves.length + i];
      if (!radius) return;
      rings.moveTo(x + radius, y);
      rings.arc(x, y, radius, 0, 2 * Math.PI);
    });
    pen.stroke(rings);
  }

  /** What lies under the pointer, in words. */
  nearest(x, y) {
    let best = CLOSE * CLOSE;
    let found = null;
    const look = (px, py, kind, index, ease = 1) => {
      const far = ((px - x) ** 2 + (py - y) ** 2) * ease;
      if (far < best) [best, found] = [far, [kind, index]];
    };
    this.curves.forEach(({middle}, i) => look(...middle, 'leg', i));
    this.marks.forEach((mark) => look(mark.x, mark.y, mark.group, mark.index, 0.5));
    return found ? this.describe(...found) : '';
  }

  /** The key: what widths, rings, colours and marks mean. `unit` names what is shown. */
  explain(most, unit, rings = '', ringMost = 0, legs = true) {
    const lines = this.signed
      ? [[Math.ceil(most), MORE, '', 'more on the right'], [Math.ceil(most), LESS, '7 4', 'fewer']]
        .map(([value, colour, dash, word]) =>
          item(stroke(widthOf(value, most), colour, dash), `${number(value)} ${unit} ${word}`))
      : steps(most).map((value) => item(stroke(widthOf(value, most), FLOW, ''), `${number(value)} ${unit}`));
    const kinds = [...new Set(this.marks.map((m) => m.kind))];
    const ring = rings && ringMost
      ? [item(svg('svg', {width: 40, height: 40, 'aria-hidden': 'true'}, svg('circle', {
        cx: 20, cy: 20, r: 4 + RING, fill: 'none', stroke: INK, 'stroke-width': 1.6,
      })), `${number(ringMost)} ${rings}`)] : [];
    const idle = legs ? [item(stroke(1, UNUSED, '1.5 3'), 'leg nobody takes')] : [];
    fill(this.key, ...lines, ...idle, ...ring,
      ...Object.keys(MARKS).filter((kind) => kinds.includes(kind)).map((kind) => item(sign(kind), MARKS[kind].name)));
  }
}

const item = (picture, text) => el('span', {class: 'item'}, picture, text);

function stroke(width, colour, dash) {
  const line = svg('line', {x1: 2, x2: 32, y1: 7, y2: 7, stroke: colour, 'stroke-width': width});
  if (dash) line.setAttribute('stroke-dasharray', dash);
  return svg('svg', {width: 34, height: 14, 'aria-hidden': 'true'}, line);
}

function sign(kind) {
  const {shape, size, colour} = MARKS[kind];
  const points = markPoints(shape, 9, 9, size).map((p) => p.join(',')).join(' ');
  return svg('svg', {width: 18, height: 18, 'aria-hidden': 'true'}, svg('polygon', {points, fill: colour, stroke: INK, 'stroke-width': 0.5}));
}

function drawMark(pen, {kind, x, y}) {
  const {shape, size, colour} = MARKS[kind];
  pen.beginPath();
  markPoints(shape, x, y, size).forEach(([px, py], i) => (i ? pen.lineTo(px, py) : pen.moveTo(px, py)));
  pen.closePath();
  pen.fillStyle = colour;
  pen.fill();
  pen.strokeStyle = '#ffffff';
  pen.lineWidth = 0.8;
  pen.stroke();
}

function arrow(path, [x, y], angle, size) {
  const [c, s] = [Math.cos(angle) * size, Math.sin(angle) * size];
  path.moveTo(x + c, y + s);
  path.lineTo(x - 0.7 * c - 0.7 * s, y - 0.7 * s + 0.7 * c);
  path.lineTo(x - 0.7 * c + 0.7 * s, y - 0.7 * s - 0.7 * c);
  path.closePath();
}

function rings(feature) {
  const {type, coordinates} = feature.geometry;
  return type === 'MultiPolygon' ? coordinates.flat() : coordinates;
}

/** A point well inside a ring: the middle of its widest span near mid-height. */
function middleOf(ring) {
  const ys = ring.map((p) => p[1]);
  const [low, high] = [Math.min(...ys), Math.max(...ys)];
  let best = [-1, ring[0][0], ring[0][1]];
  for (const share of [0.5, 0.42, 0.58, 0.35, 0.65]) {
    const y = low + share * (high - low);
    const cuts = ring.flatMap(([x1, y1], i) => {
      const [x2, y2] = ring[(i + 1) % ring.length];
      return y1 <= y === y2 <= y ? [] : [x1 + ((y - y1) / (y2 - y1)) * (x2 - x1)];
    }).sort((a, b) => a - b);
    for (let i = 0; i + 1 < cuts.length; i += 2) {
      const span = cuts[i + 1] - cuts[i];
      if (span > best[0] * 1.05) best = [span, (cuts[i] + cuts[i + 1]) / 2, y];
    }
  }
  return best.slice(1);
}

function boundsOf(points) {
  const xs = points.map((p) => p.lon);
  const ys = points.map((p) => p.lat);
  const box = {west: Math.min(...xs), east: Math.max(...xs), south: Math.min(...ys), north: Math.max(...ys)};
  const [x, y] = [0.06 * Math.max(box.east - box.west, 0.5), 0.06 * Math.max(box.north - box.south, 0.5)];
  return {west: box.west - x, east: box.east + x, south: box.south - y, north: box.north + y};
}

/** Three round numbers up to the most, for the key of widths. */
export function steps(most) {
  const series = [];
  for (let e = 0; e < 9; e += 1) {
    for (const m of [1, 2, 5]) if (m * 10 ** e <= most) series.unshift(m * 10 ** e);
  }
  const chosen = [];
  for (const value of series) {
    if (!chosen.length || value <= 0.26 * chosen[chosen.length - 1]) chosen.push(value);
  }
  return chosen.slice(0, 3);
}
