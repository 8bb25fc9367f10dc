// Puts the page together, and lets one slider move everything that shows a moment.

const byId = id => document.getElementById(id);
const isComparison = runs.length > 1;

function fillText() {
  document.title = `${page.title} · ${page.subject}`;
  byId("kicker").textContent = page.made;
  byId("title").textContent = page.title;
  byId("subject").textContent = page.subject;
  for (const { value, label, before } of page.headline) {
    const figure = element("dd");
    if (before != null) figure.append(element("s", { title: "naive" }, before));
    figure.append(value);
    byId("headline").append(element("div", {}, element("dt", {}, label), figure));
  }
  for (const { hasHeadings, rows } of page.tables) {
    const table = element("table");
    rows.forEach((row, index) => {
      const isHead = hasHeadings && index === 0;
      const line = element("tr", {}, ...row.map(cell => element(isHead ? "th" : "td", {}, cell)));
      table.append(isHead ? element("thead", {}, line) : line);
    });
    byId("figures").append(table);
  }
  for (const sentence of page.sentences) byId("figures").append(element("p", {}, sentence));
  for (const [name, value] of page.settings) byId("settings").append(element("div", {}, element("dt", {}, name), element("dd", {}, value)));
  for (const note of page.notes) byId("notes").append(element("p", {}, note));
  byId("memory-lead").textContent = "Each square is a physical block of the pool, in the colour of the request that owns it; the paler part of a "
    + "block is set aside and holds no token. Move the slider, with the arrow keys too, to any step of the run.";
  byId("requests-lead").textContent = "A row under the pointer shows its blocks on the map; a click keeps it.";
}

/** Maps of all runs, at one scale. */
function makeMaps() {
  const smallest = runs.reduce((a, b) => a.blockSize * a.blocksPerCell <= b.blockSize * b.blocksPerCell ? a : b);
  const slots = smallest.blockSize * smallest.blocksPerCell * (smallest.cache === "naive" ? 1 / Math.min(64, smallest.blockSize) : 1);
  const slotsPerSquare = Math.max(1, Math.round(slots));
  const views = runs.map(run => {
    const canvas = element("canvas", { role: "img" });
    const detail = element("p", { class: "detail" });
    const view = new BlockMapView(run, canvas, slotsPerSquare);
    const title = element("h3", {}, isComparison ? `${run.cache} ` : "");
    const neverTaken = (view.cellCount - view.drawnCells) * run.blocksPerCell;
    title.append(element("span", {}, `${count(run.blocks)} blocks of ${count(run.blockSize)} tokens`
      + (neverTaken > 0 ? `; the last ${count(neverTaken)} were never taken and are not drawn` : "")));
    byId("maps").append(element("div", {}, title, canvas, detail));
    view.detail = detail;
    canvas.addEventListener("pointermove", event => {
      const cell = view.cellAt(event.offsetX, event.offsetY);
      view.pointedAt = cell;
      view.detail.textContent = cell === null ? view.summary : view.describe(cell);
    });
    canvas.addEventListener("pointerleave", () => { view.pointedAt = null; view.detail.textContent = view.summary; });
    return view;
  });
  const layOut = () => {
    const width = Math.min(...views.map(view => view.canvas.parentElement.clientWidth));
    const squares = Math.max(...views.map(view => view.squareCount));
    const size = Math.max(2, Math.min(32, Math.floor(Math.sqrt(width * 360 / squares))));
    const fit = Math.floor(width / size);
    for (const view of views) view.layOut(size, fit >= 16 ? fit - fit % 16 : fit);
  };
  layOut();
  return { views, layOut };
}

function drawLegend() {
  const entry = (text, colour, filled, isShared) => {
    const canvas = element("canvas", { width: 24, height: 24 });
    canvas.style.width = canvas.style.height = "12px";
    const context = canvas.getContext("2d");
    if (filled === null) { context.fillStyle = colour; context.fillRect(0, 0, 24, 24); }
    else drawCell(context, 0, 0, 24, 24, colour, filled, isShared);
    return element("span", {}, canvas, text);
  };
  const owner = palette.owner(runs[0].requests.ids[0] ?? 1);
  byId("legend").replaceChildren(
    entry("full", owner, 1), entry("partly filled", owner, 0.55), entry("shared", owner, 1, true),
    entry("no owner, still findable", palette.cached, null), entry("free", palette.free, null));
}

/** KV cache over the run; beside it the naive one, simulated or real. */
function makeKvCharts(scrubTo) {
  const poolOf = run => run.blocks * run.blockSize;
  const bySteps = !isComparison;
  const xOf = frames => bySteps ? frames.step : frames.seconds;
  const panels = runs.map(run => ({ title: run.cache, note: isComparison ? "" : "this run", frames: run.frames, pool: poolOf(run) }));
  if (naive) panels.push({ title: "naive", note: "the same requests in the same memory, simulated", frames: naive, pool: poolOf(runs[0]) });
  byId("kv-lead").textContent = [
    "Token slots that hold a token, and above them those that are set aside without one.", page.naiveNote ?? "",
  ].join(" ");
  const xMax = Math.max(...panels.map(panel => xOf(panel.frames).at(-1) ?? 0));
  const most = Math.max(...panels.flatMap(panel => panel.frames.ownedSlots));
  const isRoomy = most < 0.4 * panels[0].pool; // the pool's line would leave nothing to see below it
  byId("kv-lead").textContent += isRoomy
    ? ` The pool has ${count(panels[0].pool)} slots, far above.` : " The dashed line is the pool.";
  return panels.map(({ title, note, frames, pool }) => new Chart(byId("kv-charts"), {
    title, note, xMax, yMax: isRoomy ? most : pool, pool: isRoomy ? null : pool, height: 200,
    xFormat: bySteps ? value => value ? count(value) : "step" : axisSeconds,
    layers: [
      { className: "area-stored", x: xOf(frames), y: frames.storedSlots, base: frames.storedSlots.map(() => 0) },
      { className: "area-wasted", x: xOf(frames), y: frames.ownedSlots, base: frames.storedSlots },
    ],
    onScrub: x => scrubTo(bySteps ? runs[0].frames.seconds[lowerBound(runs[0].frames.step, x)] ?? Infinity : x),
  }));
}

function makeTimeCharts(scrubTo) {
  const end = Math.max(...runs.map(run => run.frames.seconds.at(-1) ?? 0));
  const bins = Math.max(1, Math.min(150, ...runs.map(run => run.frames.step.length)));
  const classes = isComparison ? ["line-second", "line-first"] : ["line-first"];
  const keys = names => names.map(([name, className]) => element("span", {}, element("i", { class: `key ${className}` }), name));
  const runKeys = () => isComparison ? keys(runs.map((run, i) => [run.cache, classes[i]])) : [];
  const make = (title, series, legend) => new Chart(byId("time-charts"), {
    title, keys: legend, xMax: end, yMax: Math.max(...series.flatMap(each => each.y)), xFormat: axisSeconds,
    layers: series, onScrub: scrubTo,
  });
  const rate = amounts => runs.flatMap((run, i) => {
    const points = rates(run.frames, amounts(run.frames), (end || 1) / bins);
    const area = isComparison ? [] : [{ className: "area-first", ...points, base: points.y.map(() => 0) }];
    return [...area, { className: classes[i], ...points }];
  });
  const held = (values, className) => run => ({ className, x: run.frames.seconds, y: values(run.frames) });
  const requests = isComparison
    ? make("requests that run", runs.map((run, i) => held(frames => frames.running, classes[i])(run)), runKeys())
    : make("requests", [held(frames => frames.running, "line-first")(runs[0]), held(frames => frames.waiting, "line-second")(runs[0])],
        keys([["running", "line-first"], ["waiting", "line-second"]]));
  return [make("completion tokens a second", rate(frames => frames.generatedTokens), runKeys()),
    make("prompt tokens a second, as they are computed", rate(frames => frames.promptTokens), runKeys()), requests];
}

function start() {
  fillText();
  const { views, layOut } = makeMaps();
  // A position of the slider is the end of a step of any run; the last one is behind all of them.
  const moments = [...new Set(runs.flatMap(run => run.frames.seconds))].sort((a, b) => a - b).concat(Infinity);
  const slider = byId("position");
  slider.max = moments.length - 1;
  const end = moments.at(-2) ?? 0;
  let kvCharts = [], timeCharts = [];

  const show = () => {
    const moment = moments[slider.value];
    const atEnd = moment === Infinity;
    for (const view of views) {
      const { frames } = view.run;
      const frame = lowerBound(frames.seconds, moment);
      view.draw(frame);
      const counts = view.counts();
      const where = frame < frames.step.length ? `step ${count(frames.step[frame])} of ${count(frames.step.at(-1))}` : "done";
      view.where = where;
      const squares = view.run.blocksPerCell > 1 ? "squares: " : "";
      view.summary = `${isComparison ? `${where}: ` : ""}${squares}${count(counts.owned)} owned, ${count(counts.shared)} of them shared, `
        + `${count(counts.cached)} still findable, ${count(view.cellCount - counts.owned - counts.cached)} free`;
      view.canvas.setAttribute("aria-label", `Map of blocks, ${where}: ${view.summary}`);
      view.detail.textContent = view.pointedAt == null ? view.summary : view.describe(view.pointedAt);
    }
    byId("readout").textContent = `${isComparison ? "" : `${views[0].where}, `}${atEnd ? `after ${seconds(end)}` : seconds(moment)}`;
    slider.setAttribute("aria-valuetext", byId("readout").textContent);
    for (const chart of timeCharts) chart.setCursor(Math.min(moment, end));
    const step = runs[0].frames.step[lowerBound(runs[0].frames.seconds, moment)] ?? runs[0].frames.step.at(-1) ?? 0;
    for (const chart of kvCharts) chart.setCursor(isComparison ? Math.min(moment, end) : step);
  };
  const goTo = position => { slider.value = position; show(); };
  const scrubTo = moment => goTo(lowerBound(moments, moment));

  kvCharts = makeKvCharts(scrubTo);
  timeCharts = makeTimeCharts(scrubTo);
  new RequestTable(byId("requests"), byId("more"), index => {
    for (const view of views) {
      view.chosen = index === null ? null : view.run.requests.ids[index];
      view.draw(view.frame);
    }
  });
  slider.addEventListener("input", show);
  play(slider, goTo, moments);
  drawLegend();
  window.addEventListener("resize", () => { layOut(); show(); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { palette.read(); drawLegend(); show(); });
  // Begins where the last run holds most: that is the moment worth a look.
  const { frames } = runs.at(-1);
  const fullest = frames.ownedSlots.indexOf(Math.max(...frames.ownedSlots));
  goTo(frames.seconds.length ? lowerBound(moments, frames.seconds[fullest]) : 0);
}

/** Runs through the moments in ten seconds or so. */
function play(slider, goTo, moments) {
  const button = byId("play");
  let timer = null;
  const stop = () => { clearInterval(timer); timer = null; button.textContent = "Play"; button.setAttribute("aria-pressed", "false"); };
  const stride = Math.max(1, Math.round(moments.length / 300));
  button.addEventListener("click", () => {
    if (timer) return stop();
    if (Number(slider.value) === moments.length - 1) goTo(0);
    button.textContent = "Pause";
    button.setAttribute("aria-pressed", "true");
    timer = setInterval(() => {
      goTo(Number(slider.value) + stride);
      if (Number(slider.value) === moments.length - 1) stop();
    }, Math.max(33, 10_000 / moments.length));
  });
  slider.addEventListener("pointerdown", stop);
}

start();
