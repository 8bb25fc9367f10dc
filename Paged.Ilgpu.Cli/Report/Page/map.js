// The pool's physical blocks, drawn slot for slot: how far a block is filled, and whose it is.

/** Draws one block, or a part of one. */
function drawCell(context, x, y, width, height, colour, filled, isShared) {
  context.fillStyle = colour;
  const alpha = context.globalAlpha;
  context.globalAlpha = alpha * 0.28;
  context.fillRect(x, y, width, height);
  context.globalAlpha = alpha;
  context.fillRect(x, y, width * filled, height);
  if (isShared) {
    context.fillStyle = palette.paper;
    context.beginPath();
    context.arc(x + width / 2, y + height / 2, Math.max(0.8, height / 5), 0, 7);
    context.fill();
  }
}

class BlockMapView {
  /** @param slotsPerSquare as many as the block of the smallest run on the page, so that equal areas are equal memory */
  constructor(run, canvas, slotsPerSquare) {
    this.run = run;
    this.canvas = canvas;
    this.cellSlots = run.blockSize * run.blocksPerCell;
    this.cellCount = Math.ceil(run.blocks / run.blocksPerCell);
    this.slotsPerSquare = slotsPerSquare;
    this.squaresPerCell = Math.max(1, Math.ceil(this.cellSlots / slotsPerSquare));
    this.history = new CellHistory(run, this.cellCount);
    this.drawnCells = Math.max(1, this.history.usedCells); // those behind were never taken
    this.chosen = null;
    this.frame = 0;
  }

  get squareCount() { return this.drawnCells * this.squaresPerCell; }

  /** Squares of a size, in rows of a length, on all maps of the page the same. */
  layOut(size, columns) {
    this.size = size;
    this.columns = columns;
    const ratio = window.devicePixelRatio || 1;
    const height = Math.ceil(this.squareCount / columns) * size;
    this.canvas.width = Math.round(columns * size * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.canvas.style.width = `${columns * size}px`;
    this.canvas.style.height = `${height}px`;
    this.context = this.canvas.getContext("2d");
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
  }

  draw(frame) {
    this.frame = frame;
    this.history.goTo(frame);
    const { context, size, columns, squaresPerCell } = this;
    const gap = size >= 5 ? 1 : size >= 3 ? 0.5 : 0;
    context.clearRect(0, 0, columns * size, Math.ceil(this.squareCount / columns) * size);
    for (let cell = 0; cell < this.drawnCells; cell++) {
      const owner = this.ownerOf(cell);
      const filled = owner === null ? 0 : this.filledSlots(cell);
      for (let part = 0; part < squaresPerCell; part++) {
        const square = cell * squaresPerCell + part;
        const column = square % columns;
        const isEnd = part === squaresPerCell - 1 || column === columns - 1;
        const x = column * size, y = Math.floor(square / columns) * size, width = isEnd ? size - gap : size, height = size - gap;
        if (owner === null) {
          context.globalAlpha = 1;
          context.fillStyle = this.history.state[cell] === 1 ? palette.cached : palette.free;
          context.fillRect(x, y, width, height);
          continue;
        }
        const share = Math.min(1, Math.max(0, (filled - part * this.slotsPerSquare) / Math.min(this.slotsPerSquare, this.cellSlots)));
        context.globalAlpha = this.chosen === null || this.chosen === owner ? 1 : 0.15;
        drawCell(context, x, y, width, height, palette.owner(owner), share, this.isShared(cell));
      }
    }
    context.globalAlpha = 1;
  }

  ownerOf(cell) { const state = this.history.state[cell]; return state > 1 ? Math.floor((state - 2) / 2) : null; }

  isShared(cell) { const state = this.history.state[cell]; return state > 1 && state % 2 === 1; }

  /** Slots with a token of an owned cell; full where it stands for several blocks or its request is not listed. */
  filledSlots(cell) {
    const request = this.run.requests.byId.get(this.ownerOf(cell));
    if (!request || this.run.blocksPerCell > 1) return this.cellSlots;
    const tokens = storedTokens(request, this.run.frames.step[this.frame]);
    return Math.min(this.cellSlots, Math.max(0, tokens - this.history.position[cell] * this.cellSlots));
  }

  /** How many cells are owned, shared by several, findable without an owner. */
  counts() {
    const counts = { owned: 0, shared: 0, cached: 0 };
    for (let cell = 0; cell < this.drawnCells; cell++) {
      if (this.ownerOf(cell) !== null) counts.owned++;
      else if (this.history.state[cell] === 1) counts.cached++;
      if (this.isShared(cell)) counts.shared++;
    }
    return counts;
  }

  /** The cell at a place of the canvas; null where there is none. */
  cellAt(x, y) {
    const column = Math.floor(x / this.size);
    const cell = Math.floor((Math.floor(y / this.size) * this.columns + column) / this.squaresPerCell);
    return column >= 0 && column < this.columns && cell >= 0 && cell < this.drawnCells ? cell : null;
  }

  describe(cell) {
    const what = this.run.blocksPerCell > 1 ? `Blocks from ${count(cell * this.run.blocksPerCell)}` : `Block ${count(cell)}`;
    const owner = this.ownerOf(cell);
    if (owner === null) return `${what}: ${this.history.state[cell] === 1 ? "no owner, its tokens can still be found" : "free"}`;
    const name = this.run.requests.byId.get(owner)?.name ?? `request ${owner}`;
    if (this.run.blocksPerCell > 1) return `${what}: ${name}`;
    const first = this.history.position[cell] * this.cellSlots;
    return `${what}: tokens ${count(first)} to ${count(first + this.cellSlots - 1)} of ${name}${this.isShared(cell) ? ", shared" : ""}, `
      + `${count(this.filledSlots(cell))} of ${count(this.cellSlots)} slots filled`;
  }
}
