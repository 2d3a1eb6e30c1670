// The states of the last minutes as a bar; a state differs from the others by its height and pattern too.
import { count, make, say, svg, time } from './format.js';

const WIDTH = 1000;
const HEIGHT = 40;
/** Outages that would be too thin to see are drawn so wide. */
const THINNEST = 5;
/** What can be shown, in minutes, and in how many parts. Until somebody chooses, the first that is not full. */
const SPANS = new Map([[1, 6], [5, 5], [60, 6]]);

const LOOKS = { UP: 'up', DEGRADED: 'degraded', CONNECTING: 'down', BACKING_OFF: 'down', FAILED: 'down', CLOSED: 'down' };

export class Timeline {
  constructor(root, seen) {
    this.picture = root.querySelector('.timeline');
    this.axis = root.querySelector('.axis');
    this.summary = root.querySelector('.summary');
    this.buttons = [...root.querySelectorAll('.spans button')];
    this.chosen = false;
    this.picture.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`);
    for (const button of this.buttons) {
      button.addEventListener('click', () => {
        this.chosen = true;
        this.show(Number(button.dataset.minutes));
        seen();
      });
    }
    this.show(1);
  }

  show(minutes) {
    this.minutes = minutes;
    for (const button of this.buttons) {
      button.setAttribute('aria-pressed', String(Number(button.dataset.minutes) === minutes));
    }
    const parts = SPANS.get(minutes);
    this.axis.replaceChildren(...Array.from({ length: parts + 1 }, (_, i) => {
      const ago = (minutes * (parts - i)) / parts;
      return make('span', '', ago === 0 ? 'now' : ago < 1 ? `−${Math.round(ago * 60)} s` : `−${ago} min`);
    }));
  }

  /** @param states each with the time at which it began, the oldest first */
  draw(states, now) {
    const known = (now - Date.parse(states[0].since)) / 60_000;
    const fitting = [...SPANS.keys()].find((minutes) => known <= minutes) ?? 60;
    if (!this.chosen && fitting > this.minutes) {
      this.show(fitting);
    }
    const length = this.minutes * 60_000;
    const begin = now - length;
    const spans = joined(states, begin, now);
    this.picture.replaceChildren(
      svg('rect', { class: 'unknown', x: 0, y: HEIGHT / 2 - 1, width: WIDTH, height: 2 }),
      ...spans.filter((span) => span.look === 'up').map((span) => bar(span, begin, length)),
      ...spans.filter((span) => span.look !== 'up').map((span) => bar(span, begin, length)),
    );
    const text = inWords(spans);
    say(this.summary, text);
    this.picture.setAttribute('aria-label', `The last ${count(this.minutes, 'minute', 'minutes')}: ${text}`);
  }
}

/** What looks alike is one span: an outage goes from state to state many times. */
function joined(states, begin, now) {
  const spans = [];
  states.forEach((state, i) => {
    const look = LOOKS[state.state] ?? 'down';
    const from = Math.max(begin, Date.parse(state.since));
    const to = i + 1 < states.length ? Date.parse(states[i + 1].since) : now;
    if (to < begin) {
      return;
    }
    const last = spans[spans.length - 1];
    if (last?.look === look) {
      last.to = to;
    } else {
      spans.push({ look, from, to });
    }
  });
  return spans;
}

function bar({ look, from, to }, begin, length) {
  const exact = ((to - from) / length) * WIDTH;
  const width = Math.max(look === 'up' ? 0 : THINNEST, exact);
  const x = Math.max(0, Math.min(WIDTH - width, ((from - begin) / length) * WIDTH - (width - exact) / 2));
  const heights = { up: HEIGHT * 0.6, degraded: HEIGHT * 0.6, down: HEIGHT };
  return svg('rect', { class: look, x, width, y: (HEIGHT - heights[look]) / 2, height: heights[look] });
}

function inWords(spans) {
  const lengthOf = (some) => some.reduce((sum, span) => sum + span.to - span.from, 0);
  const outages = spans.filter((span) => span.look === 'down');
  const served = 100 * (1 - lengthOf(outages) / Math.max(1, lengthOf(spans)));
  if (outages.length === 0) {
    return 'no outage';
  }
  const longest = Math.max(...outages.map((span) => span.to - span.from));
  return `${served.toFixed(served > 99 ? 2 : 1)} % up, ${count(outages.length, 'outage', 'outages')}, the longest ${time(longest)}`;
}
