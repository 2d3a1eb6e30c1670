// What is wrong with the page for its readers: texts of too little contrast (WCAG AA), things cut off, controls without a name.
const complaints = [];

function rgba(color) {
  const [red, green, blue, alpha = 1] = color.match(/[\d.]+/g).map(Number);
  return { red, green, blue, alpha };
}

function luminance({ red, green, blue }) {
  const [r, g, b] = [red, green, blue].map((part) => {
    const share = part / 255;
    return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function ground(element) {
  for (let each = element; each; each = each.parentElement) {
    const color = rgba(getComputedStyle(each).backgroundColor);
    if (color.alpha === 1) {
      return color;
    }
  }
  return { red: 255, green: 255, blue: 255 };
}

const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (texts.nextNode()) {
  const text = texts.currentNode.textContent.trim();
  const element = texts.currentNode.parentElement;
  if (!text || !element.checkVisibility() || element.closest('.unseen, script, template, noscript')) {
    continue;
  }
  const [light, dark] = [luminance(rgba(getComputedStyle(element).color)), luminance(ground(element))].sort((a, b) => b - a);
  const contrast = (light + 0.05) / (dark + 0.05);
  if (contrast < 4.5) {
    complaints.push(`'${text}' has a contrast of ${contrast.toFixed(2)}`);
  }
  const box = document.createRange();
  box.selectNodeContents(texts.currentNode);
  const { left, right } = box.getBoundingClientRect();
  if (left < 0 || right > document.documentElement.clientWidth + 0.5) {
    complaints.push(`'${text}' is cut off: ${left} to ${right}`);
  }
}

if (document.documentElement.scrollWidth > document.documentElement.clientWidth) {
  complaints.push(`the page is ${document.documentElement.scrollWidth} wide`);
}
for (const control of document.querySelectorAll('button, input')) {
  if (!(control.getAttribute('aria-label') || control.textContent || control.labels?.length)) {
    complaints.push(`no name: ${control.outerHTML}`);
  }
}
return complaints;
