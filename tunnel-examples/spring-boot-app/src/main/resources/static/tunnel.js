// A tunnel's card.
import { clock, count, make, millis, post, say, time, whole } from './format.js';
import { Timeline } from './timeline.js';
import { drawTraffic } from './traffic.js';

const STATES = {
  CONNECTING: { word: 'Connecting', look: 'down', mark: '…' },
  UP: { word: 'Up', look: 'up', mark: '✓' },
  DEGRADED: { word: 'Degraded', look: 'degraded', mark: '!' },
  BACKING_OFF: { word: 'Waiting to try again', look: 'down', mark: '✕' },
  FAILED: { word: 'Gave up', look: 'down', mark: '✕' },
  CLOSED: { word: 'Closed', look: 'down', mark: '–' },
};

const HAPPENINGS = {
  UP: { mark: '✓', look: 'good', text: (it) => (it.lasted ? `Session up again, after ${time(millis(it.lasted))} without` : 'Session up') },
  LOST: { mark: '✕', look: 'bad', text: () => 'Session lost' },
  START_FAILED: { mark: '✕', look: 'bad', text: (it) => (it.times === 1 ? 'Session start failed' : `${it.times} session starts failed`) },
  REPLACED: { mark: '↻', look: 'plain', text: (it) => `Session replaced, after ${time(millis(it.lasted))}` },
  PROBE_FAILED: { mark: '!', look: 'bad', text: () => 'Probe fails' },
  PROBE_RECOVERED: { mark: '✓', look: 'good', text: (it) => `Probe healthy again, after ${time(millis(it.lasted))}` },
  FAILOVER: { mark: '↻', look: 'plain', text: () => 'Gateway' },
  CONNECTION_FAILED: { mark: '!', look: 'bad', text: () => 'Connection failed' },
};

export class TunnelCard {
  /** @param announce says a text to those who do not see the page */
  constructor(name, announce) {
    this.name = name;
    this.announce = announce;
    this.root = document.getElementById('tunnel').content.firstElementChild.cloneNode(true);
    this.part('.name').textContent = name;
    this.part('h2').id = `tunnel-${name}`;
    this.root.setAttribute('aria-labelledby', `tunnel-${name}`);
    this.timeline = new Timeline(this.root, () => this.timeline.draw(this.states, this.now));
    this.part('.restart').setAttribute('aria-label', `Restart tunnel ${name}: a new session takes over from this one`);
    this.part('.restart').addEventListener('click', () => this.restart());
  }

  part(selector) {
    return this.root.querySelector(selector);
  }

  async restart() {
    try {
      await post(`tunnels/${encodeURIComponent(this.name)}/restart`);
      this.announce(`Tunnel ${this.name} is being restarted`);
    } catch (refused) {
      this.announce(`Tunnel ${this.name} was not restarted: ${refused.message}`);
    }
  }

  show({ status, states, failedAt, happenings, traffic }, now) {
    this.states = states;
    this.now = now;
    this.showState(status, now);
    this.timeline.draw(states, now);
    drawTraffic(this.root, traffic);
    this.showFigures(status);
    this.showFailure(status.lastFailure, failedAt, now);
    this.showHappenings(happenings);
  }

  showState(status, now) {
    const state = STATES[status.state];
    const due = status.nextAttempt ? Date.parse(status.nextAttempt) - now : 0;
    this.part('.state').className = `state ${state.look}`;
    say(this.part('.mark'), state.mark);
    say(this.part('.word'), state.word);
    say(this.part('.since'), due > 0 ? `in ${time(due)}` : `for ${whole(now - Date.parse(status.since))}`);
    this.showWay(status);
    if (this.state && this.state !== status.state && (state.look === 'up' || lookOf(this.state) === 'up')) {
      this.announce(`Tunnel ${this.name}: ${state.word}`);
    }
    this.state = status.state;
  }

  showWay(status) {
    const way = ['this application', status.gateway, ...status.forwards.map((forward) => forward.name)];
    if (this.part('.way').childElementCount !== way.length || this.gateway !== status.gateway) {
      this.gateway = status.gateway;
      this.part('.way').replaceChildren(...way.map((stop) => make('span', '', stop)));
    }
  }

  showFigures(status) {
    const connections = status.connections;
    const losses = Object.values(status.losses).reduce((sum, some) => sum + some, 0);
    const trip = millis(status.roundTrip);
    say(this.part('.round-trip'), trip === null ? '–' : time(trip));
    say(this.part('.active'), String(connections.active));
    say(this.part('.total'), `${connections.total} so far`);
    say(this.part('.parked'), String(connections.parked));
    this.part('.parked').classList.toggle('some', connections.parked > 0);
    say(this.part('.starts'), String(status.starts));
    say(this.part('.losses'), losses === 0 ? 'no session lost' : count(losses, 'session lost', 'sessions lost'));
  }

  showFailure(failure, at, now) {
    this.part('.failure').hidden = !failure;
    this.part('.failure').classList.toggle('over', lookOf(this.state) === 'up');
    if (failure) {
      say(this.part('.failure .when'), at ? `${clock(at)}, ${whole(now - Date.parse(at))} ago` : '');
      say(this.part('.failure .message'), failure.message);
      say(this.part('.remedy span'), failure.remedy);
    }
  }

  showHappenings(happenings) {
    const newest = happenings[0]?.at ?? '';
    if (this.newest === newest && this.happened === happenings.length) {
      return;
    }
    this.newest = newest;
    this.happened = happenings.length;
    const lines = happenings.map((it) => {
      const kind = HAPPENINGS[it.kind];
      const line = make('li', kind.look);
      const mark = make('span', 'mark', kind.mark);
      mark.setAttribute('aria-hidden', 'true');
      const text = make('span', 'text');
      text.append(make('strong', '', kind.text(it)), make('span', 'detail', it.detail));
      line.append(make('time', '', clock(it.at)), mark, text);
      return line;
    });
    this.part('.happenings').replaceChildren(...(lines.length ? lines : [make('li', 'none', 'Nothing yet. No news is good news.')]));
  }
}

function lookOf(state) {
  return STATES[state].look;
}
