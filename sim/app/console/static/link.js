// The line to the server: every event is numbered; a line that was lost is taken up where it broke.

/** Milliseconds without a sign of life after which the line counts as lost. */
const SILENCE = 12000;
const FIRST_PAUSE = 400;
const LONGEST_PAUSE = 4000;

/** A random id for a request, the same when it is asked again. */
function newId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(8)), (b) => b.toString(16).padStart(2, '0')).join('');
}

export class Link {
  /** `on` has a handler for each type of message, `status(text, up)` and `refused()`. */
  constructor(on) {
    Object.assign(this, {on, last: 0, pending: new Map(), pause: FIRST_PAUSE, heard: 0, closed: false});
    setInterval(() => this.watch(), 2000);
    this.connect();
  }

  connect() {
    this.socket = new WebSocket(`ws://${location.host}/exercise/socket?after=${this.last}`);
    const {socket} = this;
    this.heard = Date.now();
    socket.addEventListener('message', ({data}) => this.receive(JSON.parse(data)));
    socket.addEventListener('close', ({code}) => this.lost(socket, code));
    this.on.status('Connecting ...', false);
  }

  watch() {
    if (!this.closed && this.socket.readyState === WebSocket.OPEN && Date.now() - this.heard > SILENCE) this.socket.close();
  }

  lost(socket, code) {
    if (socket !== this.socket || this.closed) return;
    if (code === 4401) {
      this.closed = true;
      this.on.out();
      return;
    }
    this.on.status('The line is lost; trying again. Nothing that was acknowledged is lost.', false);
    setTimeout(() => this.connect(), this.pause);
    this.pause = Math.min(this.pause * 2, LONGEST_PAUSE);
  }

  receive(message) {
    this.heard = Date.now();
    const {type} = message;
    if (type === 'event') {
      if (message.n <= this.last) return; // told before
      if (message.n !== this.last + 1) { // a gap: ask again from the last one known
        this.socket.close();
        return;
      }
      this.last = message.n;
    }
    if (type === 'hello') this.greeted(message);
    if (type === 'done' || type === 'refused') this.settle(message);
    this.on[type]?.(message);
  }

  greeted(message) {
    this.pause = FIRST_PAUSE;
    if (message.last < this.last) this.last = message.last;
    this.on.status('Connected', true);
    for (const [, {request}] of this.pending) this.socket.send(JSON.stringify(request));
  }

  settle(message) {
    const waiting = this.pending.get(message.ask);
    this.pending.delete(message.ask);
    if (!waiting) return;
    if (message.type === 'done') waiting.resolve(message);
    else waiting.reject(new Error(message.why));
  }

  /** Ask for something; resolves when it is on the disk of the server, however often it must ask. */
  ask(what, details = {}) {
    const request = {ask: newId(), do: what, since: this.last, ...details};
    const answered = new Promise((resolve, reject) => this.pending.set(request.ask, {request, resolve, reject}));
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(request));
    return answered;
  }
}
