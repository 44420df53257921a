// Layers for images in float32: height x width x channels, channels last, as in minode/nn/layers.

// Correlate a square image with kernels (k, k, channels, outputs), of whose input channels those from `first` on see
// the image. ReLU leaves many zeros, and these cost nothing.
function correlate(x, pixels, inputs, { W, k, stride = 1, padding = 0, outputs, channels = inputs, first = 0 }) {
  const size = Math.floor((pixels + 2 * padding - k) / stride) + 1,
    y = new Float32Array(size * size * outputs);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const to = (row * size + column) * outputs,
        sums = y.subarray(to, to + outputs);
      for (let i = 0; i < k; i++) {
        const r = row * stride + i - padding;
        if (r < 0 || r >= pixels) continue;
        for (let j = 0; j < k; j++) {
          const c = column * stride + j - padding;
          if (c < 0 || c >= pixels) continue;
          const from = (r * pixels + c) * inputs;
          for (let p = 0; p < inputs; p++) {
            const value = x[from + p];
            if (value === 0) continue;
            const weights = ((i * k + j) * channels + first + p) * outputs;
            for (let q = 0; q < outputs; q++) sums[q] += value * W[weights + q];
          }
        }
      }
    }
  }
  return y;
}

function addBias(y, bias) {
  for (let i = 0; i < y.length; i++) y[i] += bias[i % bias.length];
  return y;
}

// Normalise over groups of channels (Wu and He 2018), then ReLU if wanted.
function groupNorm(x, { weight, bias, relu = true, groups = 32 }) {
  const channels = weight.length,
    width = channels / groups,
    pixels = x.length / channels;
  const y = new Float32Array(x.length),
    n = pixels * width;
  for (let group = 0; group < groups; group++) {
    let mean = 0,
      variance = 0;
    for (let p = 0; p < pixels; p++) for (let c = 0; c < width; c++) mean += x[p * channels + group * width + c];
    mean /= n;
    for (let p = 0; p < pixels; p++) {
      for (let c = 0; c < width; c++) variance += (x[p * channels + group * width + c] - mean) ** 2;
    }
    const slope = 1 / Math.sqrt(variance / n + 1e-5);
    for (let c = group * width; c < (group + 1) * width; c++) {
      for (let p = 0; p < pixels; p++) {
        const value = (x[p * channels + c] - mean) * slope * weight[c] + bias[c];
        y[p * channels + c] = relu ? Math.max(value, 0) : value;
      }
    }
  }
  return y;
}

function softmax(logits) {
  const largest = Math.max(...logits),
    powers = Array.from(logits, (z) => Math.exp(z - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
