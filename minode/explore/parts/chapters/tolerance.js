// (c) The NODE of Figure 3.4, its trajectories solved together at any tolerance.
figure("tolerance-figure", ({ plot, redraw }) => {
  const axes = plot("tolerance-plot", { ...LINE_AXES, y: [-1.85, 1.65] });
  const gaps = plot("tolerance-gap", {
    ...LINE_AXES,
    y: [1e-7, 1],
    log: true,
    yTicks: [1e-6, 1e-4, 1e-2, 1].map((gap) => [gap, power(gap)]),
    yLabel: "smallest gap",
  });
  const f = lineSlopes(LINE.node),
    fine = linspace(0, 1, 200),
    tell = reading("tolerance-reading"),
    solved = new Map();
  const exact = solve(f, LINE.starts, [0, 1], { rtol: 1e-10 }).states[1];
  const neighbours = LINE.starts.length - 1;
  const tolerances = linspace(1, 8, 14).map((digits) => 10 ** -digits);
  const tolerance = slider("tolerance-tol", tolerances, { start: tolerances[0], say: power, change: redraw });

  // A solve depends on the tolerance alone, so each is done once.
  function at(tol) {
    if (!solved.has(tol)) {
      const { states, steps, nfe } = solve(f, LINE.starts, fine, { rtol: tol });
      const smallest = states.map((state) => Math.min(...Array.from(state.slice(1), (value, j) => value - state[j])));
      const error = Math.max(...Array.from(states[states.length - 1], (value, j) => Math.abs(value - exact[j])));
      const pairs = new Set(crossings(states).map(([, pair]) => pair)).size;
      solved.set(tol, { states, steps, nfe, smallest, error, pairs });
    }
    return solved.get(tol);
  }

  return () => {
    const { states, steps, nfe, smallest, error, pairs } = at(tolerance.value),
      { vermilion, blue, grey, ink } = theme.colour;
    axes.clear();
    axes.inside(() => {
      LINE.starts.forEach((start, j) => {
        const colour = start === -1 ? vermilion : start === 1 ? blue : grey,
          width = Math.abs(start) === 1 ? 2.6 : 1;
        axes.line(fine, column(states, j), { colour, width });
      });
      for (const { t, h, accepted } of steps) {
        const end = t + h,
          height = accepted ? 0.16 : 0.07;
        axes.line([end, end], [-1.85, -1.85 + height], { colour: accepted ? ink : grey, width: accepted ? 1.4 : 1 });
      }
      axes.line([0, 0], [-1.85, -1.69], { colour: ink, width: 1.4 });
    });
    gaps.clear();
    gaps.inside(() => {
      const shown = smallest.map((gap) => Math.max(gap, 1e-9));
      gaps.line(fine, shown, { colour: ink, width: 2 });
      const wrong = fine.filter((_, i) => smallest[i] <= 0);
      wrong.forEach((t) => gaps.line([t - 0.003, t + 0.003], [1.6e-7, 1.6e-7], { colour: vermilion, width: 7 }));
      if (wrong.length) {
        gaps.context.fillStyle = ink;
        gaps.words("here the order is lost", gaps.px(1) - 8, gaps.py(1.6e-7) - 12, "right");
      }
    });
    const accepted = steps.filter((step) => step.accepted).length,
      rejected = steps.length - accepted;
    const order = pairs
      ? `<strong>${pairs} of ${neighbours} neighbours change places</strong>: an artefact.`
      : `<strong>Nobody changes places</strong>; the smallest gap is ${distance(Math.min(...smallest))}.`;
    const tried = rejected ? `${accepted} steps and ${rejected} rejected` : `${accepted} steps`;
    tell(`${tried}, ${nfe} evaluations of the field; at depth 1 the error is ${distance(error)}. ${order}`);
  };
});
