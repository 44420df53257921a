// A plot on a canvas: axes, lines, dots, arrows and words, in the coordinates of what is drawn.
class Plot {
  constructor(canvas, options) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    Object.assign(this, { margin: [14, 16, 44, 66], xTicks: [], yTicks: [], xLabel: "", yLabel: "" }, options);
    this.placed = [];
    this.fit();
  }

  // Fit the canvas to its place on the page, in the pixels of the screen.
  fit() {
    const { width, height } = this.canvas.getBoundingClientRect(),
      ratio = window.devicePixelRatio || 1;
    [this.width, this.height] = [Math.max(width, 80), Math.max(height, 80)];
    this.canvas.width = Math.round(this.width * ratio);
    this.canvas.height = Math.round(this.height * ratio);
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.placed.forEach((place) => place());
  }

  get box() {
    const [top, right, bottom, left] = this.margin;
    return { left, top, width: this.width - left - right, height: this.height - top - bottom };
  }

  px(x) {
    const { left, width } = this.box;
    return left + ((x - this.x[0]) / (this.x[1] - this.x[0])) * width;
  }

  py(y) {
    const { top, height } = this.box,
      [low, high] = this.log ? this.y.map(Math.log10) : this.y;
    return top + height - (((this.log ? Math.log10(y) : y) - low) / (high - low)) * height;
  }

  // From a place on the screen, relative to the canvas, to coordinates.
  at(px, py) {
    const { left, top, width, height } = this.box;
    const part = (top + height - py) / height;
    return [this.x[0] + ((px - left) / width) * (this.x[1] - this.x[0]), this.y[0] + part * (this.y[1] - this.y[0])];
  }

  clear() {
    const c = this.context,
      { left, top, width, height } = this.box,
      { panel, rule, soft } = theme.colour;
    c.clearRect(0, 0, this.width, this.height);
    c.fillStyle = panel;
    c.fillRect(left, top, width, height);
    c.font = "13px system-ui, sans-serif";
    c.lineWidth = 1;
    c.strokeStyle = rule;
    c.fillStyle = soft;
    for (const [value, label] of this.xTicks) {
      this.path([
        [this.px(value), top],
        [this.px(value), top + height],
      ]);
      this.words(label, this.px(value), top + height + 16, "center");
    }
    for (const [value, label] of this.yTicks) {
      this.path([
        [left, this.py(value)],
        [left + width, this.py(value)],
      ]);
      this.words(label, left - 8, this.py(value) + 4, "right");
    }
    this.words(this.xLabel, left + width / 2, top + height + 36, "center");
    c.save();
    c.translate(11, top + height / 2);
    c.rotate(-Math.PI / 2);
    this.words(this.yLabel, 0, 0, "center");
    c.restore();
  }

  words(text, px, py, align = "left") {
    this.context.textAlign = align;
    this.context.fillText(text, px, py);
  }

  path(places) {
    const c = this.context;
    c.beginPath();
    places.forEach(([px, py], i) => (i ? c.lineTo(px, py) : c.moveTo(px, py)));
    c.stroke();
  }

  // What is drawn inside stays within the axes.
  inside(draw) {
    const c = this.context,
      { left, top, width, height } = this.box;
    c.save();
    c.beginPath();
    c.rect(left, top, width, height);
    c.clip();
    draw();
    c.restore();
  }

  line(xs, ys, { colour, width = 2, dash = [], alpha = 1 }) {
    const c = this.context;
    Object.assign(c, { strokeStyle: colour, lineWidth: width, lineJoin: "round", globalAlpha: alpha });
    c.setLineDash(dash);
    c.beginPath();
    for (let i = 0; i < xs.length; i++) c.lineTo(this.px(xs[i]), this.py(ys[i]));
    c.stroke();
    c.setLineDash([]);
    c.globalAlpha = 1;
  }

  // Circles and squares tell the two trajectories apart where colours do not.
  dots(xs, ys, { colour, size = 4, shape = "circle", hollow = false, width = 2 }) {
    const c = this.context;
    Object.assign(c, { fillStyle: hollow ? theme.colour.panel : colour, strokeStyle: colour, lineWidth: width });
    for (let i = 0; i < xs.length; i++) {
      const [px, py] = [this.px(xs[i]), this.py(ys[i])];
      c.beginPath();
      if (shape === "circle") c.arc(px, py, size, 0, 2 * Math.PI);
      else if (shape === "square") c.rect(px - size * 0.9, py - size * 0.9, 1.8 * size, 1.8 * size);
      else
        for (const [a, b] of [
          [1, 1],
          [1, -1],
        ])
          (c.moveTo(px - a * size, py - b * size), c.lineTo(px + a * size, py + b * size));
      if (shape !== "cross") c.fill();
      if (hollow || shape === "cross") c.stroke();
    }
  }

  // Directions of dh/dt = f(t, h) as arrows of equal length on the screen.
  arrows(slope, [from, to] = [0, 1], columns = 17, rows = 13) {
    const c = this.context,
      { width, height } = this.box,
      length = Math.min(width / columns, height / rows) * 0.62;
    const [sx, sy] = [width / (this.x[1] - this.x[0]), height / (this.y[1] - this.y[0])];
    Object.assign(c, { strokeStyle: theme.colour.grey, lineWidth: 1.2, globalAlpha: 0.55 });
    c.beginPath();
    for (let i = 0; i < columns; i++) {
      for (let j = 0; j < rows; j++) {
        const t = from + ((i + 0.5) / columns) * (to - from);
        const h = this.y[0] + ((j + 0.5) / rows) * (this.y[1] - this.y[0]);
        const angle = Math.atan2(-slope(t, h) * sy, sx),
          [px, py] = [this.px(t), this.py(h)];
        const [dx, dy] = [(Math.cos(angle) * length) / 2, (Math.sin(angle) * length) / 2];
        c.moveTo(px - dx, py - dy);
        c.lineTo(px + dx, py + dy);
        for (const turn of [2.6, -2.6]) {
          c.moveTo(px + dx, py + dy);
          c.lineTo(px + dx + Math.cos(angle + turn) * length * 0.28, py + dy + Math.sin(angle + turn) * length * 0.28);
        }
      }
    }
    c.stroke();
    c.globalAlpha = 1;
  }
}
