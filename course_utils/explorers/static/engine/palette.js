// Canvas needs colours as numbers: read the CSS variables, and read them again when the front end changes its theme.

export class Palette {
  constructor(element, changed) {
    this.element = element;
    this.cache = {};
    this.observer = new MutationObserver(() => this.refresh(changed));
    for (const target of [document.body, document.documentElement])
      this.observer.observe(target, { attributes: true, attributeFilter: ["data-jp-theme-light", "class", "theme"] });
    this.system = matchMedia("(prefers-color-scheme: dark)");
    this.onSystem = () => this.refresh(changed);
    this.system.addEventListener("change", this.onSystem);
  }

  refresh(changed) {
    this.cache = {};
    changed();
  }

  // Styles are known only once the element stands in the page; the frame draws again then.
  rgb(name) {
    if (this.cache[name]) return this.cache[name];
    if (!this.element.isConnected) return [128, 128, 128];
    return (this.cache[name] = parseHex(getComputedStyle(this.element).getPropertyValue(`--course-${name}`).trim()));
  }

  isDark() {
    const [red, green, blue] = this.rgb("paper");
    return red + green + blue < 3 * 128;
  }

  // -1 is orange, 0 the paper, +1 blue: the sign is told apart by every form of colour vision.
  diverging(t, strength = 1) {
    const end = this.rgb(t < 0 ? "orange" : "blue");
    return mix(this.rgb("paper"), end, strength * Math.min(1, Math.abs(t)));
  }

  sequential(t, name = "ink") {
    return mix(this.rgb("paper"), this.rgb(name), Math.min(1, Math.max(0, t)));
  }

  dispose() {
    this.observer.disconnect();
    this.system.removeEventListener("change", this.onSystem);
  }
}

function parseHex(text) {
  const number = parseInt(text.slice(1), 16);
  return [(number >> 16) & 255, (number >> 8) & 255, number & 255];
}

export function mix(from, to, share) {
  return [from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share, from[2] + (to[2] - from[2]) * share];
}

// An image of which `colourAt(i)` answers [red, green, blue] for pixel i, counted row by row.
export function imageOf(columns, rows, colourAt) {
  const image = new ImageData(columns, rows);
  for (let i = 0, at = 0; i < rows * columns; i += 1, at += 4) {
    const colour = colourAt(i);
    image.data[at] = colour[0];
    image.data[at + 1] = colour[1];
    image.data[at + 2] = colour[2];
    image.data[at + 3] = 255;
  }
  return image;
}

export function colourText([red, green, blue]) {
  return `rgb(${Math.round(red)} ${Math.round(green)} ${Math.round(blue)})`;
}
