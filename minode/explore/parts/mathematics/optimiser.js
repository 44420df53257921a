// Adam (Kingma and Ba 2015) and Huber's loss, as in minode/nn.
function adam(size, rate) {
  const m = new Float64Array(size),
    v = new Float64Array(size);
  let step = 0;
  // One update of W in place.
  return (W, g) => {
    step += 1;
    const scale = rate / (1 - 0.9 ** step),
      unbias = 1 - 0.999 ** step;
    for (let i = 0; i < size; i++) {
      m[i] = 0.9 * m[i] + 0.1 * g[i];
      v[i] = 0.999 * v[i] + 0.001 * g[i] * g[i];
      W[i] -= (scale * m[i]) / (Math.sqrt(v[i] / unbias) + 1e-8);
    }
  };
}

// The mean of r^2 / 2 for |r| <= 1, else |r| - 1/2; and its gradient in the outputs.
function huber(outputs, targets) {
  const residuals = Array.from(outputs, (output, i) => output - targets[i]),
    n = residuals.length;
  const each = residuals.map((r) => (Math.abs(r) <= 1 ? (r * r) / 2 : Math.abs(r) - 0.5));
  return {
    loss: each.reduce((sum, value) => sum + value, 0) / n,
    gradient: residuals.map((r) => Math.min(1, Math.max(-1, r)) / n),
  };
}
