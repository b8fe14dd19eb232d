// The screen "exercise": join, then inbox, orders, clock and the map of what one knows.

import {fetchJson} from './data.js';
import {byId, el, fail, fill, footnotes, options, say} from './dom.js';
import {orderForm} from './forms.js';
import {Knowledge} from './knowledge.js';
import {Link} from './link.js';
import {staffOf} from './staff.js';

const INBOX = new Set(['inject', 'message']);
const NAMES = {
  decision: 'order', refused: 'refused', clock: 'clock', late: 'late', met: 'done', effect: 'effect',
  presence: 'presence', note: 'note', rating: 'rating',
};

start().catch((error) => fail(`The exercise cannot be shown: ${error.message}`));

async function start() {
  const about = await fetchJson('/api/exercise');
  say(byId('title'), about.title);
  say(byId('about'), about.summary);
  byId('busy').hidden = true;
  if (about.seat) await new Play(about).open();
  else join(about);
}

function join({roles}) {
  byId('join').hidden = false;
  const role = options(byId('join-role'), roles.map(({id, name}) => [id, name]));
  const wanted = new URLSearchParams(location.search).get('role');
  if (roles.some(({id}) => id === wanted)) role.value = wanted;
  byId('join-form').addEventListener('submit', async (event) => {
    event.preventDefault();
    try {
      await post('/api/exercise/join', {role: role.value, code: byId('join-code').value});
      location.replace('/exercise');
    } catch (error) {
      fail(error.message);
      byId('join-code').focus();
    }
  });
  byId('join-code').focus();
}

const post = (address, body = {}) => fetchJson(address, {
  method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(body),
});

/** The exercise as one seat plays it. */
class Play {
  constructor(about) {
    this.about = about;
    this.seen = {inbox: 0};
  }

  async open() {
    const facts = await fetchJson('/api/exercise/world');
    this.facts = facts;
    this.zone = facts.clock.zone;
    byId('play').hidden = false;
    this.knowledge = new Knowledge(facts);
    footnotes(facts.world.footnotes);
    byId('leave').addEventListener('click', async () => {
      if (!confirm('Give this seat back? Its role follows the reference plan until somebody joins.')) return;
      await post('/api/exercise/leave');
      location.reload();
    });
    this.link = new Link({
      status: (text, up) => { say(byId('line'), text); byId('line').classList.toggle('down', !up); },
      out: () => { fail('This seat is held by another browser now, or was freed.'); byId('play').inert = true; },
      hello: (message) => this.hello(message),
      event: (message) => this.event(message),
      view: (message) => this.view(message),
      look: (message) => this.staff?.look?.(message),
      presence: (message) => this.staff?.presence?.(message),
      stopped: ({why}) => fail(`The clock stands: ${why}`),
    });
  }

  hello(hello) {
    if (this.greeted) return;
    this.greeted = true;
    this.role = hello.role;
    document.title = `${hello.name} - ${hello.title} - crossborder`;
    say(byId('title'), `${hello.title}: ${hello.name}`);
    byId('brief').hidden = !hello.brief;
    say(byId('brief-text'), hello.brief);
    byId('to-library').hidden = !['facilitator', 'evaluator'].includes(hello.role);
    this.names = new Map(hello.roles.map(({id, name}) => [id, name]));
    if (hello.forms.length) {
      byId('orders-panel').hidden = false;
      orderForm(byId('orders'), hello.forms, null, (measure, begin, end) => this.link.ask('decide', {measure, begin, end}));
    }
    if (!hello.forms.length) byId('measures-panel').after(byId('log-panel')); // the free half
    this.writing(hello);
    this.staff = staffOf(hello, this.link, post);
  }

  writing({roles, role}) {
    const form = byId('write');
    if (role === 'observer') {
      form.hidden = true;
      return;
    }
    const boxes = roles.filter(({id}) => id !== role).map(({id, name}) => {
      const box = el('input', {type: 'checkbox', id: `to-${id}`, value: id});
      return {box, row: el('div', {class: 'tick'}, box, el('label', {for: box.id}, name))};
    });
    byId('write-to').append(...boxes.map(({row}) => row));
    const text = byId('write-text');
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      const to = boxes.filter(({box}) => box.checked).map(({box}) => box.value);
      try {
        await this.link.ask('send', {to, text: text.value});
        say(byId('write-said'), 'Sent and recorded.');
        text.value = '';
      } catch (error) {
        say(byId('write-said'), `Not sent: ${error.message}`);
      }
    });
  }

  /** A numbered event of this role's feed. */
  event(event) {
    const place = byId(INBOX.has(event.kind) ? 'inbox' : 'log');
    const own = event.kind === 'message' && event.sender === this.role;
    const sender = this.names.get(event.sender) ?? event.sender;
    const to = (event.facts.to ?? []).map((role) => this.names.get(role) ?? role).join(', ');
    const head = INBOX.has(event.kind)
      ? [own ? `To ${to}` : sender || 'Exercise', event.facts.means ? `by ${event.facts.means.replaceAll('_', ' ')}` : ''].filter(Boolean).join(', ')
      : [NAMES[event.kind] ?? event.kind, sender].filter(Boolean).join(', ');
    place.prepend(el('li', {'data-n': event.n}, el('time', {}, event.time), el('b', {}, head), el('span', {class: 'words'}, event.text)));
  }

  view({view, rows, ratings, suggested}) {
    this.shown = view;
    say(byId('time'), view.time);
    say(byId('pace'), view.over ? 'over' : view.running ? `runs, ${view.speed.toLocaleString('en-GB', {maximumFractionDigits: 1})} h a minute` : 'is paused');
    byId('over').hidden = !view.over;
    this.knowledge.show(view);
    this.measures(view);
    this.staff?.view?.(view, rows, ratings, suggested);
    document.body.dataset.hour = String(view.hour);
  }

  measures({measures}) {
    const key = JSON.stringify(measures);
    if (key === this.measured) return;
    this.measured = key;
    const focused = document.activeElement?.dataset?.measure;
    const rows = measures.map((m) => el('tr', {},
      el('th', {scope: 'row'}, m.kind.replaceAll('_', ' ')), el('td', {}, m.at.map((target) => this.place(target)).join(', ')),
      el('td', {}, `${m.from} to ${m.until ?? 'the end'}`), el('td', {}, m.by ? this.names.get(m.by) ?? m.by : 'in force before'),
      el('td', {}, m.own ? this.withdraw(m) : '')));
    fill(byId('measures'), measures.length
      ? el('div', {class: 'scroll', tabindex: 0, role: 'group', 'aria-label': 'Measures'},
        el('table', {}, el('thead', {}, el('tr', {}, ...['Measure', 'Where', 'When', 'Ordered by', 'Change'].map((h) => el('th', {scope: 'col'}, h)))), el('tbody', {}, ...rows)))
      : el('p', {class: 'quiet'}, 'None that this role knows of.'));
    if (focused) byId('measures').querySelector(`[data-measure="${CSS.escape(focused)}"]`)?.focus();
  }

  /** A target by the name of its place. */
  place(target) {
    const [kind, id] = [target.split(':')[0], target.split(/[:/]/).pop()];
    const {world} = this.facts;
    const rows = {sector: world.sectors, post: world.posts, place: world.places, centre: world.centres, leg: world.legs, country: world.countries}[kind];
    const row = rows?.find((r) => r.id === id);
    return row ? `${row.name ?? row.label} (${kind})` : target;
  }

  withdraw({id, kind}) {
    return el('button', {
      type: 'button', 'data-measure': id, 'aria-label': `Withdraw ${kind.replaceAll('_', ' ')}`,
      onclick: () => this.link.ask('withdraw', {measure: id}).catch((error) => fail(error.message)),
    }, 'Withdraw');
  }
}
