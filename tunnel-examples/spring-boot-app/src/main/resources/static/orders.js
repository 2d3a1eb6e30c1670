// The orders, and the form to place one. During an outage the answer takes until the tunnel is back.
import { clock, make, post, say, time } from './format.js';

export class Orders {
  constructor() {
    this.rows = document.getElementById('orders');
    this.note = document.getElementById('order-note');
    this.time = document.getElementById('order-time');
    this.form = document.getElementById('order');
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.place(new FormData(this.form));
    });
  }

  /** To be told the number of orders with each message: the list is fetched anew when it changes. */
  seen(number) {
    if (this.number !== number) {
      this.number = number;
      this.refresh();
    }
  }

  async refresh() {
    this.stale = true;
    if (this.fetching) {
      return;
    }
    this.fetching = true;
    while (this.stale) {
      this.stale = false;
      try {
        const response = await fetch('orders');
        if (response.ok) {
          this.show(await response.json());
        }
      } catch {
        // the application is away; when it is back the number is seen again
        this.number = undefined;
      }
    }
    this.fetching = false;
  }

  show(orders) {
    const before = this.newest ?? Infinity;
    this.rows.replaceChildren(...orders.map((order) => {
      const row = make('tr', order.id > before ? 'new' : '');
      row.append(make('td', '', String(order.id)), make('td', '', order.item), make('td', '', String(order.quantity)),
        make('td', '', clock(order.placedAt)));
      return row;
    }));
    this.newest = orders[0]?.id ?? 0;
  }

  async place(data) {
    const began = performance.now();
    const sofar = () => performance.now() - began;
    // Said once, when it takes noticeably long; then counted for those who see it.
    const waiting = setInterval(() => {
      say(this.note, 'Waiting for the database…');
      say(this.time, time(sofar()));
    }, 500);
    this.note.className = '';
    try {
      const order = await post('orders', {
        request: uuid(),
        item: data.get('item'),
        quantity: Number(data.get('quantity')),
      });
      say(this.note, `Order ${order.id} is placed; it took ${time(sofar())}.`);
    } catch (refused) {
      this.note.className = 'bad';
      say(this.note, `Not placed: ${refused.message}.`);
    } finally {
      clearInterval(waiting);
      say(this.time, '');
    }
  }
}

/** Browsers have crypto.randomUUID on https and localhost only. */
function uuid() {
  const random = crypto.getRandomValues(new Uint8Array(16));
  random[6] = (random[6] & 0x0f) | 0x40;
  random[8] = (random[8] & 0x3f) | 0x80;
  const hex = Array.from(random, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
