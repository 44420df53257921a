// Gradients of a loss in z0 and W. The loss looks at the states at times[1], times[2], ...; g[i] is dL/dz(times[i]).

// The augmented system of Eq. 3.10: [z, a, a_W]' = [f, -a df/dz, -a df/dW]. All points of z share the weights W.
function augmented(field, W, n) {
  return (t, s, ds) => {
    ds.fill(0);
    field.slopes(W, t, s, ds, n / field.d);
    for (let at = 0; at < n; at += field.d) field.products(W, t, s, at, s, n + at, -1, ds, n + at, ds, 2 * n);
  };
}

// Solve it backward, observation by observation (Fig. 3.2): at each a jumps by g, and z starts afresh from the state
// that is stored there. `states` are those at `times`. With `samples`, z and a are returned at so many depths of each
// stretch besides. `jumps` false leaves out all observations but the last.
function adjoint(field, W, times, states, g, { tol, samples = 1, jumps = true }) {
  const n = states[0].length,
    f = augmented(field, W, n),
    last = times.length - 1;
  let a = new Float64Array(n),
    aW = new Float64Array(field.size),
    nfe = 0;
  const stretches = [];
  for (let i = last; i > 0; i--) {
    const s = new Float64Array(2 * n + field.size);
    s.set(states[i]);
    s.set(i === last || jumps ? a.map((value, j) => value + g[i][j]) : a, n);
    s.set(aW, 2 * n);
    const depths = linspace(times[i], times[i - 1], samples);
    // a_W is left out of error control: z and a do not depend on it.
    const solved = solve(f, s, depths, { rtol: tol, controlled: 2 * n });
    const end = solved.states[samples];
    nfe += solved.nfe;
    a = end.slice(n, 2 * n);
    aW = end.slice(2 * n);
    stretches.push({
      depths,
      z: solved.states.map((x) => x.slice(0, n)),
      a: solved.states.map((x) => x.slice(n, 2 * n)),
    });
  }
  return { a, aW, nfe, stretches };
}

// Through n Euler steps, which are residual blocks: the chain rule, block by block.
function throughBlocks(field, W, states, g) {
  const n = states.length - 1,
    aW = new Float64Array(field.size);
  let a = Float64Array.from(g);
  for (let i = n - 1; i >= 0; i--) {
    const before = a.slice();
    for (let at = 0; at < a.length; at += field.d) {
      field.products(W, i / n, states[i], at, a, at, 1 / n, before, at, aW, 0);
    }
    a = before;
  }
  return { a, aW };
}
