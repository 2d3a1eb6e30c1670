// Shows what the application sends. Each message carries the whole state.
import { clock, post, say } from './format.js';
import { Orders } from './orders.js';
import { TunnelCard } from './tunnel.js';

/** A message comes every second; after so long without one the application is taken for gone. */
const SILENCE = 5000;
const RETRY = 2000;

const FAULTS = {
  KILL: 'The session is being killed.',
  STOP: 'The SSH server is stopped.',
  FREEZE: 'The SSH server is frozen.',
};

const cards = new Map();
const orders = new Orders();
let source = null;
let retry = 0;
let silence = 0;
let last = null;

function announce(text) {
  say(document.getElementById('said'), text);
}

function show(state) {
  const now = Date.parse(state.now);
  for (const tunnel of state.tunnels) {
    const name = tunnel.status.name;
    if (!cards.has(name)) {
      cards.set(name, new TunnelCard(name, announce));
      document.getElementById('tunnels').append(cards.get(name).root);
    }
    cards.get(name).show(tunnel, now);
  }
  for (const [name, card] of cards) {
    if (!state.tunnels.some((tunnel) => tunnel.status.name === name)) {
      card.root.remove();
      cards.delete(name);
    }
  }
  showDemo(state.demo);
  orders.seen(state.orders);
}

function showDemo(demo) {
  document.getElementById('demo').hidden = !demo;
  if (demo) {
    for (const button of document.querySelectorAll('[data-fault]')) {
      // not "disabled": the keyboard's focus would be lost
      button.setAttribute('aria-disabled', String(demo.running !== null));
    }
    say(document.getElementById('demo-note'), demo.running ? FAULTS[demo.running] : 'Nothing is broken at the moment.');
  }
}

function live(isLive) {
  document.body.classList.toggle('away', !isLive);
  say(document.getElementById('link-text'), isLive ? 'Live'
    : last ? `Not connected; as of ${clock(last)}` : 'Connecting…');
}

function connect() {
  clearTimeout(retry);
  source?.close();
  source = new EventSource('live');
  source.onmessage = (message) => {
    const state = JSON.parse(message.data);
    last = state.now;
    show(state);
    live(true);
    clearTimeout(silence);
    silence = setTimeout(() => live(false), SILENCE);
  };
  source.onerror = () => {
    live(false);
    // The browser tries again by itself, but not after an answer that is an error.
    if (source?.readyState === EventSource.CLOSED) {
      retry = setTimeout(connect, RETRY);
    }
  };
}

function disconnect() {
  clearTimeout(retry);
  clearTimeout(silence);
  source?.close();
  source = null;
}

for (const button of document.querySelectorAll('[data-fault]')) {
  button.addEventListener('click', async () => {
    if (button.getAttribute('aria-disabled') === 'true') {
      return;
    }
    try {
      await post(`demo/${button.dataset.fault}`);
    } catch (refused) {
      say(document.getElementById('demo-note'), refused.message);
    }
  });
}

// A page that nobody sees holds no connection.
document.addEventListener('visibilitychange', () => (document.hidden ? disconnect() : connect()));
connect();
