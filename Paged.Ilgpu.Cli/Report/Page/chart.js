// Small charts as SVG: what is drawn holds from the end of one step to the end of the next.

const svg = (name, attributes, text) => {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
};

/** A round number not below a value: 1, 2, 2.5 or 5 times a power of ten. */
function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value || 1));
  return [1, 2, 2.5, 5, 10].map(factor => factor * power).find(candidate => candidate >= value * (1 - 1e-9));
}

class Chart {
  /**
   * @param options title, note; xMax, yMax; xFormat, yFormat; height in pixels; layers of { className, x, y, base } where base makes an area;
   * pool: a dashed line at the pool's size; onScrub: told the x that a pointer is at
   */
  constructor(host, options) {
    this.options = { height: 120, yFormat: count, ...options };
    this.figure = element("div", { class: "chart" });
    const heading = element("h3", {}, options.title, " ");
    heading.append(element("span", {}, options.note ?? ""), ...(options.keys ?? []));
    this.figure.append(heading);
    host.append(this.figure);
    this.cursorAt = 0;
    new ResizeObserver(() => this.draw()).observe(this.figure);
    this.draw();
  }

  draw() {
    const { height, xMax, layers, title } = this.options;
    const width = Math.max(200, this.figure.clientWidth);
    if (width === this.width) return;
    this.width = width;
    this.svg?.remove();
    this.svg = svg("svg", { viewBox: `0 0 ${width} ${height}`, height, role: "img", "aria-label": title });
    this.left = 52;
    this.right = width - 8;
    this.top = 6;
    this.bottom = height - 18;
    this.x = value => this.left + (this.right - this.left) * Math.min(1, value / (xMax || 1));
    this.#axes();
    for (const layer of layers) this.svg.append(svg("path", { class: layer.className, d: this.#path(layer) }));
    this.cursor = svg("line", { class: "cursor", y1: this.top, y2: this.bottom });
    this.svg.append(this.cursor);
    this.setCursor(this.cursorAt);
    this.svg.addEventListener("pointerdown", event => this.#scrub(event));
    this.svg.addEventListener("pointermove", event => { if (event.buttons & 1) this.#scrub(event); });
    this.figure.append(this.svg);
  }

  setCursor(x) {
    this.cursorAt = x;
    const at = this.x(Math.min(x, this.options.xMax));
    this.cursor.setAttribute("x1", at);
    this.cursor.setAttribute("x2", at);
  }

  #scrub(event) {
    const at = event.clientX - this.svg.getBoundingClientRect().left;
    this.options.onScrub?.(Math.min(1, Math.max(0, (at - this.left) / (this.right - this.left))) * this.options.xMax);
  }

  #axes() {
    const { yMax, xMax, yFormat, xFormat, pool } = this.options;
    const top = this.yTop = Math.max(yMax, pool ?? 0) || 1;
    this.y = value => this.bottom - (this.bottom - this.top) * value / this.yTop;
    const step = roundUp(top / 3);
    for (let value = 0; value <= top * 1.001; value += step) {
      this.svg.append(svg("line", { class: "grid", x1: this.left, x2: this.right, y1: this.y(value), y2: this.y(value) }));
      this.svg.append(svg("text", { x: this.left - 8, y: this.y(value) + 4, "text-anchor": "end" }, yFormat(value)));
    }
    const across = roundUp(xMax / 6);
    for (let value = 0; value <= xMax * 1.001; value += across)
      this.svg.append(svg("text", { x: this.x(value), y: this.bottom + 15, "text-anchor": value ? "middle" : "start" }, xFormat(value)));
    if (pool)
      this.svg.append(svg("line", { class: "pool", x1: this.left, x2: this.right, y1: this.y(pool), y2: this.y(pool) }));
  }

  #path({ x, y, base }) {
    const number = value => value.toFixed(1);
    const along = values => values.map((value, i) => `V${number(this.y(value))}H${number(this.x(x[i]))}`).join("");
    const start = `M${number(this.x(0))} ${number(this.y(0))}`;
    if (!base) return `M${number(this.x(0))} ${number(this.y(y[0] ?? 0))}${along(y)}`;
    // Up along the values, then back along the base.
    let back = "";
    for (let i = x.length - 1; i >= 0; i--) back += `V${number(this.y(base[i]))}H${number(this.x(i ? x[i - 1] : 0))}`;
    return `${start}${along(y)}${back}Z`;
  }
}

/** Amounts of frames as rates over equal times up to the last frame's, so that steps of any length can be compared. */
function rates(frames, amounts, width) {
  const bins = Math.max(1, Math.ceil((frames.seconds.at(-1) ?? 0) / width - 1e-9));
  const totals = new Array(bins).fill(0);
  let begin = 0;
  frames.seconds.forEach((time, i) => {
    const share = amounts[i] / (time - begin || 1e-9);
    for (let bin = Math.floor(begin / width); bin < bins && bin * width < time; bin++)
      totals[bin] += share * Math.max(0, Math.min(time, (bin + 1) * width) - Math.max(begin, bin * width));
    begin = time;
  });
  return { x: totals.map((_, bin) => (bin + 1) * width), y: totals.map(total => total / width) };
}
