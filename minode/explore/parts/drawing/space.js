// Points in space seen from somewhere: turned about the third axis by `yaw`, tilted by `pitch`, then projected straight.
function camera({ yaw, pitch, middle, scale }) {
  const [cy, sy, cp, sp] = [Math.cos(yaw), Math.sin(yaw), Math.cos(pitch), Math.sin(pitch)];
  return (x, y, z) => {
    const [dx, dy, dz] = [(x - middle[0]) * scale, (y - middle[1]) * scale, (z - middle[2]) * scale];
    const right = cy * dx + sy * dy, away = -sy * dx + cy * dy;
    return [right, cp * dz + sp * away];
  };
}

// The smallest and largest of each coordinate over all depths.
function extent(states, d) {
  const low = Array(d).fill(Infinity), high = Array(d).fill(-Infinity);
  for (const state of states) {
    for (let i = 0; i < state.length; i++) {
      const j = i % d;
      if (state[i] < low[j]) low[j] = state[i];
      if (state[i] > high[j]) high[j] = state[i];
    }
  }
  return { low, high };
}
