// The table of requests: a row each, sorted by any column, with the life of each drawn beside it.

const sum = array => array.reduce((total, value) => total + value, 0);

class RequestTable {
  static firstRows = 60;

  /** @param onChoose told the index of the request that a pointer is on or that was chosen; null for none */
  constructor(table, more, onChoose) {
    this.table = table;
    this.more = more;
    this.onChoose = onChoose;
    this.end = Math.max(...runs.map(run => run.frames.seconds.at(-1) ?? 0));
    this.columns = this.#columns();
    this.order = runs[0].requests.ids.map((_, index) => index);
    this.sorted = { column: 0, direction: 1 };
    this.shown = RequestTable.firstRows;
    this.kept = null; // the row that was clicked
    more.addEventListener("click", () => { this.shown = Infinity; this.draw(); });
    this.draw();
  }

  #columns() {
    const first = runs[0].requests;
    const plain = (title, values) => ({ title, value: index => values[index], text: index => count(values[index]) });
    const columns = [
      { title: "request", value: index => index, text: index => first.name[index] },
      plain("prompt", first.promptTokens),
      plain("answer", first.answerTokens),
    ];
    for (const run of runs) {
      const { requests } = run;
      const of = runs.length > 1 ? run.cache : "";
      const span = times => index => times[index] == null ? -1 : (times[index] - requests.added[index]) / 1000;
      const time = (title, times) => {
        const value = span(times);
        return { of, title, value, text: index => value(index) < 0 ? "–" : seconds(value(index)) };
      };
      if (sum(requests.cachedTokens)) columns.push({ of, ...plain("cached", requests.cachedTokens) });
      columns.push(time("first token", requests.firstToken), time("duration", requests.ended));
      if (sum(requests.preemptions)) columns.push({ of, ...plain("preempted", requests.preemptions) });
    }
    columns.push({ title: "ended by", value: index => first.finishReason[index], text: index => first.finishReason[index] });
    return columns;
  }

  draw() {
    const { column, direction } = this.sorted;
    const { value } = this.columns[column];
    this.order.sort((a, b) => direction * (value(a) < value(b) ? -1 : value(a) > value(b) ? 1 : a - b));
    const head = element("tr");
    this.columns.forEach((each, index) => {
      const button = element("button", { type: "button" }, each.title);
      button.addEventListener("click", () => this.#sortBy(index));
      const cell = element("th", { scope: "col" }, ...each.of ? [each.of, element("br")] : [], button);
      if (index === column) cell.setAttribute("aria-sort", direction > 0 ? "ascending" : "descending");
      head.append(cell);
    });
    head.append(element("th", { scope: "col", class: "life" }, `waits, then answers, in ${seconds(this.end)}`));
    const body = element("tbody");
    for (const index of this.order.slice(0, this.shown)) body.append(this.#row(index));
    body.addEventListener("pointerleave", () => this.onChoose(this.kept));
    this.table.replaceChildren(element("thead", {}, head), body);
    this.more.hidden = this.order.length <= this.shown;
    this.more.textContent = `Show all ${count(this.order.length)}`;
  }

  #sortBy(column) {
    this.sorted = { column, direction: this.sorted.column === column ? -this.sorted.direction : 1 };
    this.draw();
  }

  #row(index) {
    const row = element("tr", { tabindex: 0, "data-index": index });
    this.columns.forEach((column, at) => {
      const cell = element("td", {}, column.text(index));
      if (at === 0) {
        const swatch = element("span", { class: "swatch" });
        swatch.style.background = palette.owner(runs.at(-1).requests.ids[index]);
        cell.prepend(swatch);
      }
      row.append(cell);
    });
    row.append(this.#life(index));
    row.classList.toggle("chosen", this.kept === index);
    const keep = () => {
      this.kept = this.kept === index ? null : index;
      for (const other of row.parentElement.children) other.classList.toggle("chosen", Number(other.dataset.index) === this.kept);
      this.onChoose(this.kept);
    };
    row.addEventListener("pointerenter", () => this.onChoose(index));
    row.addEventListener("click", keep);
    row.addEventListener("keydown", event => { if (event.key === "Enter") keep(); });
    return row;
  }

  /** Two bars a run: until the first token, and from it to the last. */
  #life(index) {
    const cell = element("td", { class: "life" });
    for (const { cache, requests } of runs) {
      const line = element("div", { class: cache });
      const bar = (name, from, to) => {
        const made = element("i", { class: name });
        const share = time => 100 * Math.min(1, Math.max(0, time / 1000 / this.end));
        made.style.left = `${share(from)}%`;
        made.style.width = `${share(to) - share(from)}%`;
        line.append(made);
      };
      const end = requests.ended[index] ?? this.end * 1000;
      bar("waits", requests.added[index], requests.firstToken[index] ?? end);
      if (requests.firstToken[index] != null) bar("answers", requests.firstToken[index], end);
      cell.append(line);
    }
    return cell;
  }
}
