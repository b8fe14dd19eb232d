// What the staff has beside the players: the clock, the timeline of injects, roles, ratings, notes.

import {byId, el, fail, fill, number, options, say, signed} from './dom.js';
import {labelled} from './forms.js';

const RATINGS = [
  ['performed', 'performed without challenges'], ['some_challenges', 'performed with some challenges'],
  ['major_challenges', 'performed with major challenges'], ['unable', 'unable to perform'],
];
const MEANS = ['phone', 'radio', 'email', 'letter', 'in_person', 'press', 'liaison', 'system'];
const TYPES = ['information', 'event', 'decision', 'disturbance', 'contingency'];
const words = (text) => text.replaceAll('_', ' ');

/** Return what a staff role has on its screen, null for players. */
export function staffOf(hello, link, post) {
  if (hello.role === 'facilitator') return new Facilitator(hello, link, post);
  if (hello.role === 'evaluator') return new Evaluator(hello, link);
  if (hello.role === 'observer') return new Notes(hello, link);
  return null;
}

function panel(title, id, ...children) {
  const section = el('section', {class: 'panel', 'aria-labelledby': `${id}-head`}, el('h2', {id: `${id}-head`}, title), ...children);
  byId('staff').append(section);
  return section;
}

const heads = (...names) => el('thead', {}, el('tr', {}, ...names.map((n) => el('th', {scope: 'col'}, n))));
const scrolled = (label, ...children) => el('div', {class: 'scroll', tabindex: 0, role: 'group', 'aria-label': label}, ...children);

/** Fill a place anew only when its content changed; the focus stays where it was. */
function redraw(place, key, make) {
  if (place.dataset.key === key) return;
  place.dataset.key = key;
  const focused = document.activeElement?.closest?.('[data-focus]')?.dataset.focus;
  fill(place, ...make());
  if (focused) place.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus();
}

class Staff {
  constructor(hello, link) {
    this.hello = hello;
    this.link = link;
    this.names = new Map([['all', 'everybody'], ...hello.roles.map(({id, name}) => [id, name])]);
  }

  async ask(what, details, said = null) {
    try {
      await this.link.ask(what, details);
      if (said) say(said, 'Done and recorded.');
      byId('problem').hidden = true;
      return true;
    } catch (error) {
      if (said) say(said, `Refused: ${error.message}`);
      else fail(`Refused: ${error.message}`);
      return false;
    }
  }

  noteForm() {
    const text = el('textarea', {rows: 2, maxlength: 4000, required: true});
    const task = options(el('select'), [['', 'no task in particular'], ...(this.hello.tasks ?? []).map((t) => [t.id, t.text])]);
    const said = el('p', {role: 'status', class: 'said'});
    const form = el('form', {}, labelled('Observation', text), labelled('About', task),
      el('div', {class: 'buttons'}, el('button', {type: 'submit'}, 'Write down')), said);
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      if (await this.ask('note', {text: text.value, task: task.value || null}, said)) text.value = '';
    });
    return form;
  }

  /** What another role knows and was told. */
  lookPanel() {
    const role = options(el('select'), [['', 'nobody'], ...this.hello.roles.filter(({id}) => id !== this.hello.role).map(({id, name}) => [id, name])]);
    this.looked = el('div');
    role.addEventListener('change', () => {
      this.looking = role.value;
      if (!role.value) fill(this.looked);
      this.ask('look', {role: role.value});
    });
    panel('What a role knows', 'look', labelled('Role', role), this.looked);
  }

  look({view, feed}) {
    if (view.role !== this.looking) return;
    redraw(this.looked, JSON.stringify([view, feed]), () => [
      el('p', {}, view.follows_reference_plan ? 'No player: it follows the reference plan.' : 'A player sits here.'),
      el('h3', {}, 'Sees'),
      el('ul', {},
        ...view.sectors.map((s) => el('li', {}, `${s.name}: ${s.units_on_patrol} units on patrol`)),
        ...view.posts.map((p) => el('li', {}, `${p.name}: ${p.open ? 'open' : 'closed'}, ${p.officers_on_duty} officers on duty`)),
        ...Object.keys(view.series).map((s) => el('li', {}, `registered series ${words(s)}`))),
      el('h3', {}, 'Was told'),
      scrolled('Told', el('ol', {class: 'feed'}, ...[...feed].reverse().map((e) => el('li', {}, el('time', {}, e.time), el('b', {}, e.kind), el('span', {class: 'words'}, e.text))))),
    ]);
  }
}

class Notes extends Staff {
  constructor(hello, link) {
    super(hello, link);
    panel('Notes', 'notes', this.noteForm());
  }
}

class Evaluator extends Staff {
  constructor(hello, link) {
    super(hello, link);
    this.rated = new Map();
    this.hints = new Map();
    const rows = hello.tasks.map((task) => this.row(task));
    panel('Critical tasks', 'tasks', scrolled('Critical tasks', el('table', {}, heads('Task', 'Suggested by the engine', 'Rating', 'Reason, if another', 'Record', 'Recorded so far'), el('tbody', {}, ...rows)))).classList.add('wide');
    panel('Notes', 'notes', this.noteForm());
    this.expected = el('div');
    panel('Expected and what came', 'expected', this.expected);
    this.lookPanel();
  }

  row({id, text}) {
    const rating = options(el('select', {'aria-label': `Rating of: ${text}`}), RATINGS);
    const reason = el('input', {type: 'text', 'aria-label': `Reason for: ${text}`, maxlength: 1000});
    const now = el('span', {role: 'status'}, 'not rated');
    this.rated.set(id, now);
    const hint = el('td', {}, 'nothing yet');
    this.hints.set(id, hint);
    const act = el('button', {type: 'button', 'aria-label': `Record the rating of: ${text}`}, 'Record');
    act.addEventListener('click', () => this.ask('rate', {task: id, rating: rating.value, text: reason.value}));
    return el('tr', {}, el('th', {scope: 'row'}, text), hint, el('td', {}, rating), el('td', {}, reason), el('td', {}, act), el('td', {}, now));
  }

  view(view, _, ratings, suggested) {
    Object.entries(suggested ?? {}).forEach(([task, [rating, why]]) => {
      const name = RATINGS.find(([id]) => id === rating)?.[1] ?? words(rating);
      say(this.hints.get(task), `${name}: ${why}`);
    });
    (ratings ?? []).forEach((r) => {
      const name = RATINGS.find(([id]) => id === r.rating)?.[1] ?? r.rating;
      say(this.rated.get(r.task), r.text ? `${name}: ${r.text}` : name);
    });
    const rows = view.staff.timeline.filter((row) => row.expected_action && row.sent !== null);
    redraw(this.expected, JSON.stringify(rows), () => [rows.length
      ? scrolled('Expected', el('table', {}, heads('Inject', 'Expected', 'What came'), el('tbody', {}, ...rows.map((row) => el('tr', {},
        el('th', {scope: 'row'}, row.text), el('td', {}, row.expected_action), el('td', {}, outcome(row)))))))
      : el('p', {class: 'quiet'}, 'Nothing was expected yet.')]);
  }
}

const outcome = (row) => (row.met !== null
  ? `came ${row.met - row.sent} h after${row.met >= row.until ? ', late' : ', in time'}`
  : row.late ? 'has not come, late' : `waiting, ${row.until - row.sent} h allowed`);

class Facilitator extends Staff {
  constructor(hello, link, post) {
    super(hello, link);
    this.post = post;
    this.clock();
    this.timeline = el('div');
    panel('Timeline of injects', 'timeline', this.timeline).classList.add('wide');
    this.injectForm();
    this.seats = el('div');
    panel('Seats', 'seats', this.seats);
    this.lookPanel();
    panel('Notes', 'notes', this.noteForm());
    this.branchPanel();
    this.present = [];
  }

  clock() {
    this.run = el('button', {type: 'button', class: 'primary'}, 'Start the clock');
    this.run.addEventListener('click', () => this.ask('pace', {running: !this.shown?.running}));
    const speed = el('input', {type: 'number', min: 0.1, max: 1000, step: 'any', id: 'clock-speed'});
    const hours = el('input', {type: 'number', min: 1, max: 720, step: 1, value: 1, id: 'clock-jump'});
    this.speed = speed;
    const set = el('button', {type: 'button'}, 'Set speed');
    set.addEventListener('click', () => this.ask('pace', {running: this.shown.running, speed: Number(speed.value)}));
    const jump = el('button', {type: 'button'}, 'Jump ahead');
    jump.addEventListener('click', () => this.ask('jump', {hours: Number(hours.value), from: this.shown?.hour}));
    byId('clock-controls').append(this.run,
      el('span', {class: 'inline'}, el('label', {for: speed.id}, 'Hours a minute'), speed, set),
      el('span', {class: 'inline'}, el('label', {for: hours.id}, 'Hours'), hours, jump));
  }

  view(view, rows) {
    this.shown = view;
    this.rows = rows ?? {};
    say(this.run, view.running ? 'Pause the clock' : 'Start the clock');
    this.run.disabled = view.over;
    if (document.activeElement !== this.speed && this.speed.dataset.from !== String(view.speed)) {
      this.speed.value = String(Math.round(view.speed * 100) / 100);
      this.speed.dataset.from = String(view.speed);
    }
    redraw(this.timeline, JSON.stringify(view.staff.timeline), () => [this.injects(view.staff.timeline)]);
    this.drawSeats();
  }

  injects(timeline) {
    const row = (inject) => {
      const waits = inject.sent === null;
      const button = (text, act) => el('button', {
        type: 'button', 'data-focus': `${inject.id} ${text}`, 'aria-label': `${text} ${inject.id}`, onclick: act,
      }, text);
      const tools = waits ? [
        button('Fire', () => this.ask('fire', {inject: inject.id})),
        inject.status === 'held back' ? null : button('Hold', () => this.ask('hold', {inject: inject.id})),
        button('Edit', () => this.edit(inject.id)),
      ] : [];
      const effect = inject.effect ? el('p', {class: 'quiet'}, `Effect: ${inject.effect}`) : null;
      return el('tr', {}, el('td', {class: 'when'}, inject.time), el('th', {scope: 'row'}, inject.id),
        el('td', {}, inject.to.map((r) => this.names.get(r) ?? r).join(', ')), el('td', {}, inject.text, effect),
        el('td', {}, inject.expected_action), el('td', {}, inject.sent === null ? inject.status : inject.expected_action ? outcome(inject) : 'sent'),
        el('td', {}, el('div', {class: 'buttons'}, ...tools)));
    };
    return scrolled('Injects', el('table', {}, heads('Time', 'Inject', 'To', 'Text and effect', 'Expected action', 'State', 'Change'), el('tbody', {}, ...timeline.map(row))));
  }

  injectForm() {
    const text = (size = 24) => el('input', {type: 'text', autocomplete: 'off', size});
    const choice = (values, blank = false) => options(el('select'), [...(blank ? [['', 'none']] : []), ...values]);
    const plain = (values) => values.map((v) => [v, words(v)]);
    this.fields = {
      id: text(18), time: el('input', {type: 'datetime-local', step: 3600}), from: text(), means: choice(plain(MEANS)),
      text: el('textarea', {rows: 3, maxlength: 4000}), inject_type: choice(plain(TYPES)), effect: text(40), condition: text(),
      expected_action: text(40), objective: choice(this.hello.objectives.map((o) => [o.id, o.text]), true),
      critical_task: choice(this.hello.tasks.map((t) => [t.id, t.text]), true), weight: el('input', {type: 'number', min: 0, step: 'any', value: 1}),
      window: text(8), status: choice([['planned', 'planned'], ['on_call', 'on call']]),
    };
    const hints = {
      id: 'letters a-z, digits, _', effect: 'e.g. surge place=harbour persons=100 over=6h mix=boats', condition: 'not ID, or done ID',
      expected_action: 'kind place by role | free text', window: 'e.g. 3 h',
    };
    this.to = [['all', 'everybody'], ...this.hello.roles.map(({id, name}) => [id, name])].map(([id, name]) => {
      const box = el('input', {type: 'checkbox', id: `inject-to-${id}`, value: id});
      return {box, row: el('div', {class: 'tick'}, box, el('label', {for: box.id}, name))};
    });
    const said = el('p', {role: 'status', class: 'said'});
    const named = Object.entries(this.fields).map(([key, field]) => labelled(words(key[0].toUpperCase() + key.slice(1)), field, hints[key] ?? ''));
    const form = el('form', {novalidate: true}, el('div', {class: 'fields'}, ...named),
      el('fieldset', {}, el('legend', {}, 'To'), ...this.to.map(({row}) => row)),
      el('div', {class: 'buttons'}, el('button', {type: 'submit', class: 'primary'}, 'Put on the timeline')), said);
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      const row = Object.fromEntries(Object.entries(this.fields).map(([key, field]) => [key, field.value.trim()]));
      row.time = row.time.replace('T', ' ');
      row.to = this.to.filter(({box}) => box.checked).map(({box}) => box.value);
      if (await this.ask('put', {row}, said)) form.reset();
    });
    this.form = el('details', {class: 'panel wide'}, el('summary', {}, 'Add or edit an inject'), form);
    byId('staff').append(this.form);
  }

  edit(id) {
    const row = this.rows[id];
    if (!row) return;
    this.form.open = true;
    Object.entries(this.fields).forEach(([key, field]) => { field.value = key === 'time' ? row.time.replace(' ', 'T') : row[key] ?? ''; });
    const to = new Set(row.to.split(';'));
    this.to.forEach(({box}) => { box.checked = to.has(box.value); });
    this.fields.text.focus();
  }

  /** Another future of the session so far, played beside it. */
  branchPanel() {
    const at = el('input', {type: 'datetime-local', step: 3600, required: true});
    const change = el('input', {type: 'text', autocomplete: 'off', size: 40, required: true});
    const said = el('p', {role: 'status', class: 'said'});
    const result = el('div');
    const button = el('button', {type: 'submit'}, 'Play it beside');
    const form = el('form', {}, labelled('From when', at), labelled('What is otherwise', change,
      'no_action; reference; drop ID; move ID 2018-08-13 09:00; set ID.KEY=VALUE; add ROLE kind=staffing at=sector:ID officers.MNE=10'),
    el('div', {class: 'buttons'}, button), said);
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      button.disabled = true;
      say(said, 'Two worlds run to where the session stands; this takes some seconds ...');
      try {
        const found = await this.post('/api/exercise/branch', {at: at.value, change: change.value});
        say(said, found.rows.length ? `Played otherwise from ${found.at}: ${found.change}.` : 'Nothing would be otherwise.');
        fill(result, ...(found.rows.length ? [scrolled('Differences', el('table', {}, heads('Outcome', 'As played', 'Otherwise', 'Difference', 'Unit', 'Better is'),
          el('tbody', {}, ...found.rows.map((row) => el('tr', {}, el('th', {scope: 'row'}, words(row.outcome)),
            el('td', {class: 'number'}, number(row.original)), el('td', {class: 'number'}, number(row.branch)),
            el('td', {class: 'number'}, signed(row.difference)), el('td', {}, row.unit), el('td', {}, row.better === 'neither' ? '' : row.better))))))] : []),
        found.parted.length ? el('p', {}, `No longer possible: ${found.parted.map(([id, why]) => `${id}: ${why}`).join('; ')}`) : null);
      } catch (error) {
        say(said, `Refused: ${error.message}`);
      } finally {
        button.disabled = false;
      }
    });
    panel('What if', 'branch', form, result);
  }

  presence({present, bots}) {
    this.present = present;
    this.bots = new Set(bots.map((b) => `${b.role} ${b.seat}`));
    this.drawSeats();
  }

  drawSeats() {
    if (!this.shown) return;
    const {roles, taken} = this.shown.staff;
    const on = new Set(this.present.map((p) => `${p.role} ${p.seat}`));
    const rows = [
      ...taken.map(({role, seat}) => [role, seat, on.has(`${role} ${seat}`) ? 'on the line'
        : this.bots?.has(`${role} ${seat}`) ? 'a bot follows the reference plan' : 'seat taken, line lost']),
      ...roles.filter((r) => !r.manned).map((r) => [r.id, null, 'no player: follows the reference plan']),
    ];
    redraw(this.seats, JSON.stringify(rows), () => [scrolled('Who sits where', el('table', {}, heads('Role', 'Seat', 'State', 'Change'), el('tbody', {}, ...rows.map(([role, seat, state]) => el('tr', {},
      el('th', {scope: 'row'}, this.names.get(role) ?? role), el('td', {class: 'number'}, seat ?? ''), el('td', {}, state),
      el('td', {}, seat === null || (role === 'facilitator' && seat === this.hello.seat) ? '' : el('button', {
        type: 'button', 'data-focus': `free ${role} ${seat}`, 'aria-label': `Free seat ${seat} of ${role}`,
        onclick: () => this.post('/api/exercise/free', {role, seat}).catch((error) => fail(error.message)),
      }, 'Free')))))))]);
  }
}
