// Numbers, times and texts as people read them.

/** Milliseconds of an ISO 8601 duration such as PT1M0.5S; null of null. */
export function millis(duration) {
  if (!duration) {
    return null;
  }
  const [, hours, minutes, seconds] = /^PT(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?$/.exec(duration) ?? [];
  return (Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0)) * 1000;
}

/** Such as 0.4 ms, 12 ms, 1.5 s, 42 s, 3 min 5 s, 2 h 10 min. */
export function time(ms) {
  if (ms < 10) {
    return `${ms.toFixed(1)} ms`;
  }
  if (ms < 1000) {
    return `${Math.round(ms)} ms`;
  }
  if (ms < 10_000) {
    return `${(ms / 1000).toFixed(1)} s`;
  }
  return whole(ms);
}

/** The same in whole seconds, for what is counted up. */
export function whole(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) {
    return `${seconds} s`;
  }
  if (seconds < 3600) {
    return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  }
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

/** Such as 340 B, 1.2 kB, 3.4 MB. */
export function bytes(count) {
  if (count < 1000) {
    return `${Math.round(count)} B`;
  }
  return count < 1_000_000 ? `${(count / 1000).toFixed(1)} kB` : `${(count / 1_000_000).toFixed(1)} MB`;
}

export function count(number, one, many) {
  return `${number} ${number === 1 ? one : many}`;
}

export function clock(instant) {
  return new Date(instant).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });
}

/** Sets an element's text where it is another one: what stays is not read out again, nor drawn. */
export function say(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

/** An element with a class and a text. */
export function make(name, className, text) {
  const element = document.createElement(name);
  element.className = className ?? '';
  element.textContent = text ?? '';
  return element;
}

export function svg(name, attributes) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) {
    element.setAttribute(key, value);
  }
  return element;
}

/** Posts to this application. Resolves to what it answers; a refusal is an error with its text. */
export async function post(path, body) {
  const response = await fetch(path, {
    method: 'POST',
    headers: body ? { 'Content-Type': 'application/json' } : {},
    body: body ? JSON.stringify(body) : undefined,
  });
  const text = await response.text();
  const answer = text ? JSON.parse(text) : null;
  if (!response.ok) {
    throw new Error(answer?.detail ?? `The application answered ${response.status}`);
  }
  return answer;
}
