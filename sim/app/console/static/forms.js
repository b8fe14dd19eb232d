// Forms made from the registry of measures: native controls, read back into a measure.

import {el, fill, options} from './dom.js';

let count = 0;
const fresh = (name) => `${name}-${(count += 1)}`;

/** A labelled control. */
export function labelled(text, control, hint = '') {
  control.id ||= fresh('field');
  const label = el('label', {for: control.id}, text);
  if (!hint) return el('div', {class: 'field'}, label, control);
  const note = el('small', {id: `${control.id}-hint`}, hint);
  control.setAttribute('aria-describedby', note.id);
  return el('div', {class: 'field'}, label, control, note);
}

const NOTHING = [['', 'not given']];
const words = (text) => text.replaceAll('_', ' ');

function quantity(unit) {
  const input = el('input', {type: 'text', inputmode: 'decimal', autocomplete: 'off', size: 10});
  return {node: input, read: () => (input.value.trim() ? withUnit(input.value.trim(), unit) : null)};
}

/** A bare number gets the unit that stands beside the field. */
const withUnit = (text, unit) => (/^[-+.\d]+$/.test(text) && !['1', 'count'].includes(unit) ? `${text} ${unit}` : text);

function control(field) {
  switch (field.type) {
    case 'quantity': return quantity(field.unit);
    case 'choice': {
      const select = options(el('select'), [...NOTHING, ...field.choices.map((c) => [c, words(c)])]);
      return {node: select, read: () => select.value || null};
    }
    case 'list': {
      const input = el('input', {type: 'text', autocomplete: 'off'});
      const read = () => input.value.split(',').map((t) => t.trim()).filter(Boolean);
      return {node: input, read: () => (read().length ? read() : null)};
    }
    default: {
      const input = el('input', {type: 'text', autocomplete: 'off'});
      return {node: input, read: () => input.value.trim() || null};
    }
  }
}

/** One field of a measure: {node, read}. */
function fieldOf(field) {
  const unit = field.unit && !['1', 'count'].includes(field.unit) ? ` (${field.unit})` : '';
  const title = `${field.title[0].toUpperCase()}${field.title.slice(1)}${unit}${field.needed ? '' : ', if any'}`;
  if (field.type === 'several') {
    const boxes = field.choices.map((value) => ({value, box: el('input', {type: 'checkbox', id: fresh('box')})}));
    const rows = boxes.map(({value, box}) => el('div', {class: 'tick'}, box, el('label', {for: box.id}, words(value))));
    const read = () => boxes.filter(({box}) => box.checked).map(({value}) => value);
    return {node: el('fieldset', {}, el('legend', {}, title), ...rows), read: () => (read().length ? read() : null)};
  }
  if (field.type === 'map') {
    const parts = field.keys.map(({value, text}) => {
      const part = field.of === 'quantity' ? quantity(field.unit)
        : control({type: 'choice', choices: []});
      if (field.of === 'target') options(part.node, [...NOTHING, ...field.targets.map((t) => [t.value, t.text])]);
      return {value, text, ...part};
    });
    const read = () => Object.fromEntries(parts.map((p) => [p.value, p.read()]).filter(([, v]) => v !== null));
    return {
      node: el('fieldset', {}, el('legend', {}, title), ...parts.map((p) => labelled(p.text, p.node))),
      read: () => (Object.keys(read()).length ? read() : null),
    };
  }
  const {node, read} = control(field);
  return {node: labelled(title, node), read};
}

/** The form for orders. `send(measure, begin, end)` returns a promise. */
export function orderForm(place, forms, now, send) {
  if (!forms.length) {
    fill(place, el('p', {class: 'quiet'}, 'This role orders no measures.'));
    return;
  }
  const kind = options(el('select', {required: true}), forms.map((f) => [f.kind, f.title]));
  const target = el('select');
  const begin = el('input', {type: 'datetime-local', step: 3600});
  const end = el('input', {type: 'datetime-local', step: 3600});
  const note = el('input', {type: 'text', maxlength: 400, autocomplete: 'off'});
  const meaning = el('p', {class: 'quiet'});
  const own = el('div', {class: 'fields'});
  const said = el('p', {role: 'status', class: 'said'});
  const button = el('button', {type: 'submit', class: 'primary'}, 'Order');
  let fields = [];
  const build = () => {
    const form = forms.find((f) => f.kind === kind.value);
    fill(meaning, form.meaning);
    options(target, form.targets.map((t) => [t.value, t.text]));
    fields = form.fields.map((field) => [field.key, fieldOf(field)]);
    fill(own, ...fields.map(([, field]) => field.node));
  };
  kind.addEventListener('change', build);
  build();
  const form = el('form', {class: 'order', novalidate: true},
    labelled('Kind of measure', kind), meaning, labelled('Where', target), own,
    el('div', {class: 'fields'},
      labelled('From', begin, 'full hours; empty: now'), labelled('Until', end, 'empty: end of the exercise')),
    labelled('Why, in a line', note), el('div', {class: 'buttons'}, button), said);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const measure = {kind: kind.value, at: target.value, note: note.value.trim() || null};
    fields.forEach(([key, field]) => { measure[key] = field.read(); });
    button.disabled = true;
    fill(said, 'Sending the order ...');
    try {
      const done = await send(measure, begin.value, end.value);
      fill(said, `Ordered and recorded as entry ${done.entry}.`);
      note.value = '';
    } catch (error) {
      fill(said, `Refused: ${error.message}`);
    } finally {
      button.disabled = false;
      button.focus();
    }
  });
  fill(place, form);
}
