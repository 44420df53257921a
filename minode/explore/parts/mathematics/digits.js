// The NODE on record for MNIST (Tables 4.1 and 4.2), from its weights in 8 bits.
const DIGITS = NUMBERS.digits;
const MAP = 6,
  WIDTH = 64,
  SIDE = 28;

function bytesOf(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

// Read the weights in the order in which minode/explore/weights.py writes them.
function readWeights(text) {
  const bytes = bytesOf(text);
  let at = 0;
  const take = (n) => bytes.buffer.slice(at, (at += n));
  const vector = (n) => new Float32Array(take(4 * n));
  const kernel = (k, inputs, outputs) => {
    const scales = vector(outputs),
      multiples = new Int8Array(take(k * k * inputs * outputs));
    return Float32Array.from(multiples, (multiple, i) => multiple * scales[i % outputs]);
  };
  const conv = (k, inputs, options = {}) => {
    const W = kernel(k, inputs, WIDTH);
    return { W, k, outputs: WIDTH, bias: vector(WIDTH), ...options };
  };
  const norm = () => ({ weight: vector(WIDTH), bias: vector(WIDTH) });
  const halving = () => [norm(), conv(4, WIDTH, { stride: 2, padding: 1 })];
  const first = conv(3, 1),
    shrink = [halving(), halving()];
  const timed = () => conv(3, WIDTH + 1, { padding: 1, channels: WIDTH + 1, first: 1 });
  const block = [norm(), timed(), norm(), timed(), norm()];
  const head = { norm: norm(), W: kernel(1, WIDTH, 10), bias: vector(10) };
  if (at !== bytes.length) throw new Error(`${bytes.length - at} bytes of weights are left over`);
  return { first, shrink, block, head };
}

function digitsNetwork(text = DIGITS.weights) {
  const { first, shrink, block, head } = readWeights(text);
  const [normIn, convIn, normMiddle, convOut, normOut] = block;
  const ones = new Float32Array(MAP * MAP).fill(1);
  // The depth t is one more channel, the same at every pixel: what it adds is t times a fixed map.
  const ofTime = [convIn, convOut].map((layer) => correlate(ones, MAP, 1, { ...layer, channels: WIDTH + 1, first: 0 }));

  function timed(x, layer, t, map) {
    const y = addBias(correlate(x, MAP, WIDTH, layer), layer.bias);
    for (let i = 0; i < y.length; i++) y[i] += t * map[i];
    return y;
  }

  function slopes(t, y, dy) {
    const x = Float32Array.from(y);
    const middle = timed(groupNorm(x, normIn), convIn, t, ofTime[0]);
    const last = timed(groupNorm(middle, normMiddle), convOut, t, ofTime[1]);
    dy.set(groupNorm(last, { ...normOut, relu: false }));
  }

  // From 28 x 28 pixels in [0, 1] to the state at depth 0.
  function downsampled(image) {
    let x = addBias(correlate(image, SIDE, 1, first), first.bias),
      pixels = SIDE - 2;
    for (const [norm, conv] of shrink) {
      x = addBias(correlate(groupNorm(x, norm), pixels, WIDTH, conv), conv.bias);
      pixels = Math.floor((pixels - 2) / 2) + 1;
    }
    return x;
  }

  function logits(state) {
    const x = groupNorm(Float32Array.from(state), head.norm),
      z = Float64Array.from(head.bias);
    for (let c = 0; c < WIDTH; c++) {
      let mean = 0;
      for (let p = 0; p < MAP * MAP; p++) mean += x[p * WIDTH + c];
      for (let digit = 0; digit < 10; digit++) z[digit] += (mean / (MAP * MAP)) * head.W[c * 10 + digit];
    }
    return z;
  }

  // The hidden states at equal depths, the logits that the head would give at each, and what it cost.
  function read(image, { tol, depths = 1 }) {
    const { states, nfe, steps } = solve(slopes, downsampled(image), linspace(0, 1, depths), { rtol: tol });
    return { states, logits: states.map(logits), nfe, steps };
  }
  return { read };
}

// The ten test images that the page has.
function sampleImage(digit) {
  const bytes = bytesOf(DIGITS.images),
    n = SIDE * SIDE;
  return Float32Array.from(bytes.slice(digit * n, (digit + 1) * n), (value) => value / 255);
}
