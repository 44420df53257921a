// A board of 28 x 28 pixels to draw a digit on, by pointer or by keyboard. What was drawn is scaled and centred as
// MNIST's digits were: into 20 x 20 pixels, the centre of mass in the middle.
const BOARD = 112,
  PEN = 8;

function greyImage(image) {
  const found = new ImageData(SIDE, SIDE);
  image.forEach((value, i) => found.data.set([255 * value, 255 * value, 255 * value, 255], 4 * i));
  return found;
}

function centred(ink) {
  let [left, right, top, bottom, mass] = [BOARD, -1, BOARD, -1, 0];
  ink.forEach((value, i) => {
    if (value < 0.1) return;
    const [x, y] = [i % BOARD, Math.floor(i / BOARD)];
    [left, right, top, bottom] = [Math.min(left, x), Math.max(right, x), Math.min(top, y), Math.max(bottom, y)];
    mass += value;
  });
  const image = new Float32Array(SIDE * SIDE);
  if (!mass) return image;
  const unit = (Math.max(right - left, bottom - top) + 1) / 20;
  let [cx, cy] = [0, 0];
  ink.forEach((value, i) => value >= 0.1 && ((cx += value * (i % BOARD)), (cy += value * Math.floor(i / BOARD))));
  [cx, cy] = [cx / mass, cy / mass];
  // Each pixel is the mean of what lies in it.
  const samples = 4;
  for (let p = 0; p < image.length; p++) {
    for (let s = 0; s < samples * samples; s++) {
      const x = cx + ((p % SIDE) + ((s % samples) + 0.5) / samples - SIDE / 2) * unit;
      const y = cy + (Math.floor(p / SIDE) + (Math.floor(s / samples) + 0.5) / samples - SIDE / 2) * unit;
      const [i, j] = [Math.round(x), Math.round(y)];
      if (i >= 0 && i < BOARD && j >= 0 && j < BOARD) image[p] += ink[j * BOARD + i] / (samples * samples);
    }
  }
  return image;
}

function drawingPad(board, drawn) {
  const canvas = board.canvas,
    ink = new Float32Array(BOARD * BOARD),
    cursor = { x: 0.5, y: 0.3, down: false, shown: false };
  let shown = null,
    last = null,
    timer;

  function stroke(x, y) {
    if (shown) (ink.fill(0), (shown = null));
    const from = last ?? [x, y],
      n = Math.ceil(Math.hypot(x - from[0], y - from[1]) * BOARD) + 1;
    for (let k = 0; k <= n; k++) {
      const [px, py] = [0, 1].map((i) => (from[i] + ((i ? y : x) - from[i]) * (k / n)) * BOARD);
      for (let j = Math.floor(py - PEN); j <= py + PEN; j++) {
        for (let i = Math.floor(px - PEN); i <= px + PEN; i++) {
          if (i < 0 || i >= BOARD || j < 0 || j >= BOARD) continue;
          const value = Math.min(1, Math.max(0, (PEN / 1.6 - Math.hypot(i - px, j - py)) / 2));
          ink[j * BOARD + i] = Math.max(ink[j * BOARD + i], value);
        }
      }
    }
    last = [x, y];
    draw();
    clearTimeout(timer);
    timer = setTimeout(() => drawn(centred(ink)), 120);
  }
  const place = (event) => {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    return [(event.clientX - left) / width, (event.clientY - top) / height];
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    cursor.shown = false;
    last = null;
    stroke(...place(event));
  });
  canvas.addEventListener(
    "pointermove",
    (event) => canvas.hasPointerCapture(event.pointerId) && stroke(...place(event)),
  );
  canvas.addEventListener("pointerup", () => (last = null));
  canvas.addEventListener("keydown", (event) => {
    const moves = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] },
      by = moves[event.key];
    if (event.key === "Escape") show(new Float32Array(SIDE * SIDE));
    else if (event.key === " ") ((cursor.down = !cursor.down), (last = null));
    else if (!by) return;
    event.preventDefault();
    cursor.shown = true;
    if (by)
      for (const [i, name] of ["x", "y"].entries())
        cursor[name] = Math.min(0.95, Math.max(0.05, cursor[name] + by[i] * 0.04));
    if (cursor.down && event.key !== "Escape") stroke(cursor.x, cursor.y);
    else draw();
  });

  function draw() {
    const c = board.context,
      n = shown ? SIDE : BOARD,
      values = shown ?? ink,
      picture = document.createElement("canvas");
    [picture.width, picture.height] = [n, n];
    const data = new ImageData(n, n);
    values.forEach((value, i) => data.data.set([255 * value, 255 * value, 255 * value, 255], 4 * i));
    picture.getContext("2d").putImageData(data, 0, 0);
    c.imageSmoothingEnabled = !shown;
    c.drawImage(picture, 0, 0, board.width, board.height);
    if (!cursor.shown) return;
    Object.assign(c, { strokeStyle: cursor.down ? "#f27b35" : "#56b4e9", lineWidth: 3 });
    c.beginPath();
    c.arc(cursor.x * board.width, cursor.y * board.height, 9, 0, 2 * Math.PI);
    c.stroke();
  }
  // Show an image of 28 x 28 pixels, and read it; the next stroke begins a drawing of one's own.
  function show(image) {
    shown = image.some((value) => value > 0) ? image : null;
    if (!shown) ink.fill(0);
    cursor.down = false;
    draw();
    drawn(image);
  }
  return { show, draw };
}
