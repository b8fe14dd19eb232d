// Colours, dashes and marks shared with the figures of the reports (analysis/figures/style.py).

export const INK = '#1f2328';
export const MUTED = '#57606a';
export const GRID = '#d8dee4';
export const REST = '#8c959f';
export const OKABE_ITO = [
  '#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9', '#000000', '#F0E442',
];
export const DASHES = [
  [], [6, 2], [2, 1.5], [7, 2, 1.5, 2], [4, 1.5, 1, 1.5, 1, 1.5], [1, 1.2], [10, 3], [3, 1, 3, 3],
];
export const LAND = '#F4F1EA';
export const CONTEXT = '#FAFAF8';
export const EDGE = '#9AA5B1';
export const SEA = '#ffffff';
export const FLOW = OKABE_ITO[0];
export const UNUSED = '#AAB4BE';
export const MORE = OKABE_ITO[1];
export const LESS = OKABE_ITO[0];

/** Marks by what stands there: shape, half size (pixels), colour, name in the key. */
export const MARKS = {
  entry: {shape: 'arrow', size: 5, colour: OKABE_ITO[2], name: 'entry'},
  exit: {shape: 'star', size: 7, colour: OKABE_ITO[1], name: 'exit'},
  place: {shape: 'disc', size: 2.6, colour: INK, name: 'place'},
  post: {shape: 'square', size: 3.6, colour: OKABE_ITO[4], name: 'crossing point or airport'},
  sector: {shape: 'triangle', size: 4.4, colour: OKABE_ITO[3], name: 'green-border sector'},
  centre: {shape: 'hexagon', size: 5, colour: OKABE_ITO[5], name: 'cooperation centre'},
};

/** Outline of a mark round a point, on a canvas path or an SVG one. */
export function markPoints(shape, x, y, size) {
  const turn = (count, start, radius = () => size) =>
    Array.from({length: count}, (_, i) => {
      const angle = start + (2 * Math.PI * i) / count;
      return [x + radius(i) * Math.cos(angle), y + radius(i) * Math.sin(angle)];
    });
  const up = -Math.PI / 2;
  switch (shape) {
    case 'arrow': return turn(3, 0);
    case 'triangle': return turn(3, up);
    case 'square': return turn(4, Math.PI / 4, () => size * 1.25);
    case 'hexagon': return turn(6, up);
    case 'star': return turn(10, up, (i) => (i % 2 ? size * 0.45 : size));
    default: return turn(16, 0);
  }
}

export const reducedMotion = matchMedia('(prefers-reduced-motion: reduce)');
