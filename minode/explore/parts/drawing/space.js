// Points in space seen from afar: turned about the third axis by `yaw`, tilted by `pitch`.
function camera({ yaw, pitch, middle, scale }) {
  const [cy, sy, cp, sp] = [Math.cos(yaw), Math.sin(yaw), Math.cos(pitch), Math.sin(pitch)];
  return (x, y, z) => {
    const [dx, dy, dz] = [(x - middle[0]) * scale, (y - middle[1]) * scale, (z - middle[2]) * scale];
    const right = cy * dx + sy * dy,
      away = -sy * dx + cy * dy;
    return [right, cp * dz + sp * away];
  };
}

// Corners of the line, or of a piece of the plane, on which w . z + b is 0, in the middle of what is drawn.
function zeroSet(head, { low, high }) {
  const d = low.length,
    w = head.slice(0, d),
    middle = low.map((value, i) => (value + high[i]) / 2);
  const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);
  const unit = (v) => v.map((value) => value / Math.hypot(...v));
  const off = (dot(w, middle) + head[d]) / dot(w, w),
    foot = middle.map((value, i) => value - off * w[i]);
  const size = Math.max(...low.map((value, i) => high[i] - value));
  const moved = (...ways) => foot.map((value, i) => value + ways.reduce((sum, [by, v]) => sum + by * size * v[i], 0));
  if (d === 2) return [1, -1].map((by) => moved([by, unit([-w[1], w[0]])]));
  const u = unit([-w[1], w[0], 0]),
    v = unit([w[1] * u[2] - w[2] * u[1], w[2] * u[0] - w[0] * u[2], w[0] * u[1] - w[1] * u[0]]);
  const signs = [0.4, 0.4, -0.4, -0.4, 0.4];
  return signs.map((by, i) => moved([by, u], [signs[(i + 1) % 4], v]));
}

// The smallest and largest of each coordinate over all depths.
function extent(states, d) {
  const low = Array(d).fill(Infinity),
    high = Array(d).fill(-Infinity);
  for (const state of states) {
    for (let i = 0; i < state.length; i++) {
      const j = i % d;
      if (state[i] < low[j]) low[j] = state[i];
      if (state[i] > high[j]) high[j] = state[i];
    }
  }
  return { low, high };
}
