// The vector field: a perceptron of (t, z) with two layers or three, whose weights lie in one flat array in the order
// of minode's `ravel`: the matrix of a layer by rows, then its bias. `pull` is subtracted as pull * z.
function perceptron(sizes, { relu = true, pull = 0 } = {}) {
  const d = sizes[0],
    layers = [];
  let size = 0;
  for (let i = 1; i < sizes.length; i++) {
    // The first layer has the depth t as one more input, which comes first.
    const inputs = sizes[i - 1] + (i === 1 ? 1 : 0),
      outputs = sizes[i];
    layers.push({ inputs, outputs, matrix: size, bias: size + inputs * outputs });
    size += (inputs + 1) * outputs;
  }
  const depth = layers.length;
  // What each layer gives out for the point at hand, and what comes back to it.
  const values = [new Float64Array(d + 1), ...layers.map((layer) => new Float64Array(layer.outputs))];
  const back = values.map((value) => new Float64Array(value.length));

  function forward(W, t, z, at) {
    values[0][0] = t;
    for (let i = 0; i < d; i++) values[0][i + 1] = z[at + i];
    for (let l = 0; l < depth; l++) {
      const { inputs, outputs, matrix, bias } = layers[l],
        x = values[l],
        y = values[l + 1];
      for (let j = 0; j < outputs; j++) y[j] = W[bias + j];
      for (let i = 0; i < inputs; i++) {
        const value = x[i],
          row = matrix + i * outputs;
        if (value !== 0) for (let j = 0; j < outputs; j++) y[j] += value * W[row + j];
      }
      if (l < depth - 1) for (let j = 0; j < outputs; j++) y[j] = relu ? Math.max(y[j], 0) : Math.tanh(y[j]);
    }
  }

  return {
    d,
    size,
    // The slopes of all points in z, which follow one another, written into dz.
    slopes(W, t, z, dz, points = z.length / d) {
      for (let p = 0; p < points; p++) {
        forward(W, t, z, p * d);
        for (let i = 0; i < d; i++) dz[p * d + i] = values[depth][i] - pull * z[p * d + i];
      }
    },
    // The products of a with df/dz and df/dW, at the point that begins at z[at]: added to gz (from gzAt on) and gW
    // (from gWAt on), times `factor`.
    products(W, t, z, at, a, aAt, factor, gz, gzAt, gW, gWAt) {
      forward(W, t, z, at);
      for (let i = 0; i < d; i++) back[depth][i] = factor * a[aAt + i];
      for (let l = depth - 1; l >= 0; l--) {
        const { inputs, outputs, matrix, bias } = layers[l],
          x = values[l],
          gy = back[l + 1],
          gx = back[l];
        for (let j = 0; j < outputs; j++) gW[gWAt + bias + j] += gy[j];
        for (let i = 0; i < inputs; i++) {
          const row = matrix + i * outputs,
            value = x[i];
          let sum = 0;
          for (let j = 0; j < outputs; j++) {
            sum += W[row + j] * gy[j];
            gW[gWAt + row + j] += value * gy[j];
          }
          gx[i] = l === 0 ? sum : sum * (relu ? (value > 0 ? 1 : 0) : 1 - value * value);
        }
      }
      for (let i = 0; i < d; i++) gz[gzAt + i] += back[0][i + 1] - factor * pull * a[aAt + i];
    },
    // Weights at random, uniform in (-1, 1) / sqrt(inputs) as in minode.
    init(random) {
      const W = new Float64Array(size);
      for (const { inputs, outputs, matrix } of layers) {
        for (let i = 0; i < (inputs + 1) * outputs; i++) W[matrix + i] = (2 * random() - 1) / Math.sqrt(inputs);
      }
      return W;
    },
  };
}
