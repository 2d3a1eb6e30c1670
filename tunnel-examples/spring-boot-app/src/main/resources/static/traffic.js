// The bytes of the last minute: above the line what came, below it what went.
import { bytes, say, svg } from './format.js';

const SECONDS = 60;
const WIDTH = 240;
const HEIGHT = 44;
/** Less than this is no reason to fill the picture. */
const LEAST = 1000;
/** The figures are of so many seconds, else one reads zero between two orders. */
const SMOOTH = 5;

export function drawTraffic(root, traffic) {
  const picture = root.querySelector('.traffic');
  const most = Math.max(LEAST, ...traffic.flatMap((second) => [second.in, second.out]));
  const step = WIDTH / SECONDS;
  const first = SECONDS - traffic.length;
  const bars = traffic.flatMap((second, i) => {
    const x = (first + i) * step;
    const up = (second.in / most) * (HEIGHT / 2 - 1);
    const down = (second.out / most) * (HEIGHT / 2 - 1);
    return [
      svg('rect', { class: 'came', x, width: step - 0.8, y: HEIGHT / 2 - up, height: up }),
      svg('rect', { class: 'went', x, width: step - 0.8, y: HEIGHT / 2, height: down }),
    ];
  });
  picture.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`);
  picture.replaceChildren(...bars, svg('line', { class: 'base', x1: 0, x2: WIDTH, y1: HEIGHT / 2, y2: HEIGHT / 2 }));

  const last = traffic.slice(-SMOOTH);
  const rate = (of) => last.reduce((sum, second) => sum + of(second), 0) / Math.max(1, last.length);
  const came = `${bytes(rate((second) => second.in))}/s in`;
  const went = `${bytes(rate((second) => second.out))}/s out`;
  say(root.querySelector('.in'), came);
  say(root.querySelector('.out'), went);
  picture.setAttribute('aria-label', `Throughput of the last minute, now ${came}, ${went}`);
}
