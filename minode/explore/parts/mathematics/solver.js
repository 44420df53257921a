// Dormand and Prince's Runge-Kutta 5(4), step for step as in minode/ode/solvers/dormand_prince.py, and Euler's method.
// A field is a function f(t, y, dy) that writes the slope at (t, y) into dy.
const { C, A, E, P } = NUMBERS.tableau;
const SAFETY = 0.9,
  SHRINK = 0.2,
  GROW = 10;

// Solve from times[0] through the other times, which may descend. With `controlled`, only so many leading components
// are under error control. Returned are the states at the times, the steps that were tried, and the evaluations of f.
// Throws an Error where no step keeps the tolerance.
function solve(f, y0, times, { rtol, atol = rtol, controlled = y0.length, maxSteps = 20000 }) {
  const n = y0.length,
    end = times[times.length - 1],
    direction = end > times[0] ? 1 : -1;
  const k = C.map(() => new Float64Array(n)),
    stage = new Float64Array(n);
  let y = Float64Array.from(y0),
    next = new Float64Array(n),
    t = times[0],
    nfe = 1;
  const states = [y.slice()],
    steps = [];
  f(t, y, k[0]);
  const first = firstStep(f, t, end, y, k[0], rtol, atol, controlled);
  nfe += 1;
  let h = direction * first;
  while (states.length < times.length) {
    const last = Math.abs(h) >= Math.abs(end - t);
    const taken = last ? end - t : h;
    if (t + taken === t) throw new Error("steps too short to move t");
    if (steps.length >= maxSteps) throw new Error("too many steps");
    for (let i = 1; i < C.length; i++) {
      const target = i === C.length - 1 ? next : stage;
      combine(target, y, taken, A[i], k);
      f(t + C[i] * taken, target, k[i]);
    }
    nfe += C.length - 1;
    const size = errorSize(k, taken, y, next, rtol, atol, controlled);
    h = taken * (size > 0 ? Math.min(GROW, Math.max(SHRINK, SAFETY * size ** -0.2)) : GROW);
    const accepted = size <= 1;
    steps.push({ t, h: taken, accepted });
    if (!accepted) continue;
    const reached = last ? end : t + taken;
    while (states.length < times.length && direction * (times[states.length] - reached) <= 0) {
      const at = times[states.length];
      states.push(at === reached ? next.slice() : between((at - t) / taken, y, taken, k));
    }
    [y, next] = [next, y];
    [k[0], k[6]] = [k[6], k[0]];
    t = reached;
  }
  return { states, steps, nfe };
}

// The length of a first step, from two slopes (Hairer et al. 1993, p. 169).
function firstStep(f, t, end, y, k0, rtol, atol, controlled) {
  const rms = (value) => {
    let sum = 0;
    for (let i = 0; i < controlled; i++) sum += (value(i) / (atol + rtol * Math.abs(y[i]))) ** 2;
    return Math.sqrt(sum / controlled);
  };
  const size = rms((i) => y[i]),
    slope = rms((i) => k0[i]);
  if (!Number.isFinite(slope)) throw new Error("the slope at the beginning is not finite");
  const trial = Math.min(size > 1e-5 && slope > 1e-5 ? (0.01 * size) / slope : 1e-6, Math.abs(end - t));
  const signed = end > t ? trial : -trial;
  const k1 = new Float64Array(y.length);
  f(
    t + signed,
    y.map((value, i) => value + signed * k0[i]),
    k1,
  );
  const curvature = Math.max(slope, rms((i) => k1[i] - k0[i]) / trial);
  const guess = curvature > 1e-15 ? (0.01 / curvature) ** 0.2 : Math.max(1e-6, 1e-3 * trial);
  return Math.min(100 * trial, guess);
}

function combine(target, y, h, weights, k) {
  target.set(y);
  for (let j = 0; j < weights.length; j++) {
    const w = h * weights[j],
      kj = k[j];
    if (w) for (let i = 0; i < target.length; i++) target[i] += w * kj[i];
  }
}

// The error of a step in units of the tolerance; infinite for NaN, so that a shorter step is tried.
function errorSize(k, h, y, next, rtol, atol, controlled) {
  let sum = 0;
  for (let i = 0; i < controlled; i++) {
    let error = 0;
    for (let j = 0; j < E.length; j++) error += E[j] * k[j][i];
    sum += ((h * error) / (atol + rtol * Math.max(Math.abs(y[i]), Math.abs(next[i])))) ** 2;
  }
  return Number.isNaN(sum) ? Infinity : Math.sqrt(sum / controlled);
}

// The state at a part of a step, by the interpolant of fourth order.
function between(part, y, h, k) {
  const weights = P.map((row) => row.reduceRight((sum, p) => (sum + p) * part, 0));
  const state = new Float64Array(y.length);
  combine(state, y, h, weights, k);
  return state;
}

// Euler's method in n equal steps from 0 to 1: n residual blocks with shared weights. States at all n + 1 depths.
function euler(f, y0, n) {
  const states = [Float64Array.from(y0)],
    slope = new Float64Array(y0.length);
  for (let i = 0; i < n; i++) {
    const y = states[i];
    f(i / n, y, slope);
    states.push(y.map((value, j) => value + slope[j] / n));
  }
  return states;
}

// n + 1 equal parts of the range from a to b, both ends exact.
function linspace(a, b, n) {
  return Array.from({ length: n + 1 }, (_, i) => (i === n ? b : a + ((b - a) * i) / n));
}
