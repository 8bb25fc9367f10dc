"use strict";
// What the page is given (PageData.cs), unpacked.

const page = JSON.parse(document.getElementById("data").textContent);

const sums = differences => { let total = 0; return differences.map(difference => total += difference); };

/** Index of the first element of an ascending array that is at least a value; its length where none is. */
function lowerBound(array, value) {
  let low = 0, high = array.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (array[middle] < value) low = middle + 1; else high = middle;
  }
  return low;
}

/** Reads numbers of seven bits a byte (Recording/DeltaCode.cs). */
class NumberReader {
  constructor(base64) { this.bytes = Uint8Array.from(atob(base64), c => c.charCodeAt(0)); this.at = 0; }

  next() {
    let number = 0, factor = 1, byte;
    do {
      byte = this.bytes[this.at++];
      number += (byte & 127) * factor;
      factor *= 128;
    } while (byte > 127);
    return number;
  }

  nextSigned() { const number = this.next(); return number % 2 ? -(number + 1) / 2 : number / 2; }
}

/** The steps of a run or of a simulation. */
function unpackFrames(data) {
  return { ...data, step: sums(data.step), seconds: data.microseconds ? sums(data.microseconds).map(time => time / 1e6) : null };
}

function unpackRequests(data) {
  const reader = new NumberReader(data.growth);
  const byId = new Map();
  sums(data.id).forEach((id, index) => {
    const growth = { step: [], tokens: [] };
    let step = 0, tokens = 0;
    for (let left = reader.next(); left > 0; left--) {
      growth.step.push(step += reader.nextSigned());
      growth.tokens.push(tokens += reader.nextSigned());
    }
    byId.set(id, { index, id, name: data.name[index], growth });
  });
  return { ...data, byId, ids: [...byId.keys()] };
}

/** Tokens that a request has stored at a step: a straight line between the points that are given. */
function storedTokens(request, step) {
  const { step: steps, tokens } = request.growth;
  const next = lowerBound(steps, step);
  if (next === steps.length) return tokens[next - 1] ?? 0;
  if (next === 0) return tokens[0];
  const share = (step - steps[next - 1]) / (steps[next] - steps[next - 1]);
  return Math.round(tokens[next - 1] + share * (tokens[next] - tokens[next - 1]));
}

/** The cells of the map at any frame; the one behind the last is what is left when all is done. */
class CellHistory {
  static keyframeEvery = 64;

  constructor(run, cellCount) {
    this.reader = new NumberReader(run.changes);
    this.frameCount = run.frames.step.length + 1;
    this.state = new Int32Array(cellCount); // as Recording/BlockMap.cs has it
    this.position = new Int32Array(cellCount);
    this.usedCells = 0; // up to the last that ever shows anything
    this.starts = [];
    this.keyframes = [];
    for (let frame = 0; frame < this.frameCount; frame++) {
      this.starts.push(this.reader.at);
      this.#apply();
      if (frame % CellHistory.keyframeEvery === 0) this.keyframes.push([this.state.slice(), this.position.slice()]);
    }
    this.frame = this.frameCount - 1;
  }

  /** Brings state and position to a frame. */
  goTo(frame) {
    if (frame < this.frame || frame - this.frame > CellHistory.keyframeEvery) {
      const keyframe = Math.floor(frame / CellHistory.keyframeEvery);
      this.state.set(this.keyframes[keyframe][0]);
      this.position.set(this.keyframes[keyframe][1]);
      this.frame = keyframe * CellHistory.keyframeEvery;
    }
    while (this.frame < frame) {
      this.reader.at = this.starts[++this.frame];
      this.#apply();
    }
  }

  #apply() {
    let cell = 0;
    for (let left = this.reader.next(); left > 0; left--) {
      cell += this.reader.next();
      this.state[cell] = this.reader.next();
      this.position[cell] = this.state[cell] > 1 ? this.reader.next() : 0;
      cell++;
    }
    this.usedCells = Math.max(this.usedCells, cell);
  }
}

const runs = page.runs.map(run => ({ ...run, frames: unpackFrames(run.frames), requests: unpackRequests(run.requests) }));
const naive = page.naive ? unpackFrames(page.naive) : null;

const count = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 }).format;
const seconds = value => value >= 100 ? `${count(value)} s` : `${value.toFixed(value >= 10 ? 1 : 2)} s`;

const axisSeconds = value => value ? `${Number(value.toPrecision(3))} s` : "0";

/** Makes an element; text is put in as text, whatever is in it. */
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}
