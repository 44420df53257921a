// What this page computes beside what minode computed. Each check has what was found here, minode's numbers, the
// largest distance and the bound that it must keep.
function check(name, found, reference, bound, relative = false) {
  const scale = relative ? Math.max(...reference.map(Math.abs)) : 1;
  const error = Math.max(...reference.map((value, i) => Math.abs(found[i] - value))) / scale;
  return { name, found: Array.from(found), error, bound, ok: found.length === reference.length && error <= bound };
}

const CHECKS = {
  flow() {
    const { times, states } = LINE.checks.flow;
    const found = solve(lineSlopes(LINE.node), LINE.starts, times, { rtol: 1e-12 }).states;
    return check(
      "the solver on the line, at 10⁻¹²; there dop853",
      found.flatMap((s) => [...s]),
      states.flat(),
      1e-6,
    );
  },
  tolerances() {
    const runs = LINE.checks.tolerances.map(({ tolerance }) =>
      solve(lineSlopes(LINE.node), LINE.starts, [0, 1], { rtol: tolerance }),
    );
    const found = runs.flatMap(({ states }) => [...states[1]]);
    const reference = LINE.checks.tolerances.flatMap(({ states }) => states);
    return check("the solver at 10⁻¹ to 10⁻⁶; there dopri5 at the same", found, reference, 1e-6);
  },
  evaluations() {
    const found = LINE.checks.tolerances.map(
      ({ tolerance }) => solve(lineSlopes(LINE.node), LINE.starts, [0, 1], { rtol: tolerance }).nfe,
    );
    return check(
      "the evaluations of f that these take",
      found,
      LINE.checks.tolerances.map(({ nfe }) => nfe),
      0,
    );
  },
  gradient() {
    const { targets, loss, gradient } = LINE.checks.gradient;
    const found = lineGradient(Float64Array.from(LINE.start), targets, { tol: 1e-12 });
    return check(
      "the adjoint on the line: loss and gradient in W",
      [found.loss, ...found.gradient],
      [loss, ...gradient],
      1e-6,
      true,
    );
  },
  blocks() {
    const { targets, loss, gradient } = LINE.checks.residual_gradient;
    const found = lineGradient(Float64Array.from(LINE.start), targets, { blocks: LINE.blocks });
    return check("the same through residual blocks", [found.loss, ...found.gradient], [loss, ...gradient], 1e-10, true);
  },
  training() {
    const W = Float64Array.from(LINE.start),
      update = adam(W.length, LINE.learning_rate),
      { losses } = LINE.checks.training;
    const found = losses.map(() => {
      const { loss, gradient } = lineGradient(W, LINE.checks.gradient.targets, { tol: 1e-11 });
      update(W, gradient);
      return loss;
    });
    return check(`losses of ${losses.length} updates of training`, found, losses, 1e-6);
  },
  backward() {
    const { loss, gradient } = BACKWARD.checks,
      found = backwardGradient(BACKWARD.z0, { tol: 1e-10 });
    return check(
      "the adjoint with jumps: loss, dP/dz(0), dP/dW",
      [found.loss, ...found.a, ...found.aW],
      [loss, ...gradient],
      1e-6,
      true,
    );
  },
  rings() {
    const names = ["node", "augmented"],
      reference = names.flatMap((name) => RINGS.models[name].checks.flat());
    const found = names.flatMap((name) => {
      const points = RINGS.points.slice(0, RINGS.models[name].checks.length);
      return [...ringsCarrier(name).carry(points, [0, 1], 1e-12)[1]];
    });
    return check("features of points in disc and ring", found, reference, 1e-6);
  },
  digits() {
    const { tolerance, logits } = DIGITS.checks,
      network = digitsNetwork();
    const found = logits.map((_, digit) => [...network.read(sampleImage(digit), { tol: tolerance }).logits[1]]);
    // Single precision in both, summed in another order.
    return check("logits of ten test images, in single precision", found.flat(), logits.flat(), 1e-3, true);
  },
};
