// Colours: those of the style sheet, and one for each request.

const palette = {
  read() {
    const style = getComputedStyle(document.documentElement);
    for (const name of ["paper", "ink", "free", "cached", "stored", "wasted"]) this[name] = style.getPropertyValue(`--${name}`).trim();
    this.lightness = Number(style.getPropertyValue("--owner-lightness"));
    this.chroma = Number(style.getPropertyValue("--owner-chroma"));
    this.owners = new Map();
  },

  /** A colour for a request: hues a golden angle apart, so that neighbours differ most, in three shades for who sees few hues. */
  owner(id) {
    let colour = this.owners.get(id);
    if (!colour) {
      const lightness = this.lightness + [0, 0.1, -0.08][id % 3];
      colour = `oklch(${lightness} ${this.chroma} ${(40 + id * 137.508) % 360})`;
      this.owners.set(id, colour);
    }
    return colour;
  },
};

palette.read();
