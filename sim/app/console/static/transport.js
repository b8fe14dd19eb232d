// Play, pause, speed, scrub: native controls that drive a TimeState.

import {el, options, say} from './dom.js';

const SPEEDS = [
  [0.25, '6 hours a second'], [1, '1 day a second'], [7, '7 days a second'],
  [30, '30 days a second'], [90, '90 days a second'],
];

/** Fill `place` with the controls; `fine` shows hours. */
export function transport(place, time, {fine = false, speed = 7} = {}) {
  const play = el('button', {type: 'button', class: 'primary'}, 'Play');
  const back = el('button', {type: 'button'}, 'Day back');
  const on = el('button', {type: 'button'}, 'Day on');
  const range = el('input', {
    type: 'range', id: 'scrub', min: 0, max: time.hours, step: fine ? 1 : 24, value: 0,
    'aria-label': 'Time of the run',
  });
  const now = el('output', {for: 'scrub', id: 'now'});
  const speeds = options(el('select', {id: 'speed'}), SPEEDS, speed);
  time.daysPerSecond = speed;
  const words = (hour) => (fine ? time.time(hour) : time.day(hour));
  let shown = '';
  play.addEventListener('click', () => (time.playing ? time.pause() : time.play()));
  back.addEventListener('click', () => { time.pause(); time.set(time.hour - 24); });
  on.addEventListener('click', () => { time.pause(); time.set(time.hour + 24); });
  range.addEventListener('input', () => { time.pause(); time.set(Number(range.value)); });
  speeds.addEventListener('change', () => { time.daysPerSecond = Number(speeds.value); });
  time.watch((playing) => say(play, playing ? 'Pause' : 'Play'));
  time.follow((hour) => {
    const text = words(hour);
    if (text === shown) return;
    shown = text;
    range.value = String(hour);
    range.setAttribute('aria-valuetext', text);
    now.textContent = text;
  });
  place.append(
    el('div', {class: 'buttons'}, play, back, on),
    range, now,
    el('label', {for: 'speed', class: 'inline'}, 'Speed ', speeds),
  );
}
