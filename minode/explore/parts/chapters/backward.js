// (d) Figure 3.2: z forward, then z and a backward, with a jump at each observation.
figure("backward-figure", ({ plot, redraw }) => {
  const END = BACKWARD.observed[BACKWARD.observed.length - 1],
    SAMPLES = 40,
    TOL = 1e-8;
  const ticks = BACKWARD.observed.map((t) => [t, String(t)]),
    shared = { x: [-0.12, END + 0.12], xTicks: ticks, xLabel: "time t" };
  const ints = (low, high) => linspace(low, high, high - low).map((v) => [v, number(v, 0)]);
  const z = plot("backward-z", { ...shared, y: [-2.4, 2.4], yTicks: ints(-2, 2), yLabel: "state z" });
  const a = plot("backward-a", { ...shared, y: [-2.4, 2.4], yTicks: ints(-2, 2), yLabel: "adjoint a" });
  const z0 = [...BACKWARD.z0],
    tell = reading("backward-reading"),
    fine = linspace(0, END, 120);
  const f = (t, y, dy) => backwardField.slopes(BACKWARD.weights, t, y, dy);
  const stops = linspace(END, 0, 80),
    say = (t) => `t = ${t.toFixed(2)}`;
  const until = slider("backward-t", stops, { start: 0, say, change: redraw });
  byId("backward-jumps").addEventListener("change", redraw);
  z0.forEach((start, i) =>
    handle(z, {
      label: `z0, component ${i + 1}`,
      kind: i ? "high" : "low",
      at: [0, start],
      move: (_, value) => {
        z0[i] = value;
        redraw();
      },
    }),
  );
  let running = null;
  press("backward-run", () => {
    if (running) running.stop();
    let i = still.matches ? stops.length - 1 : 0;
    running = animate(() => {
      until.value = stops[i];
      redraw();
      i += 1;
      return i < stops.length;
    });
  });

  return () => {
    const jumps = byId("backward-jumps").checked,
      { vermilion, blue, soft, grey } = theme.colour;
    const found = backwardGradient(z0, { tol: TOL, samples: SAMPLES, jumps }),
      differences = backwardDifferences(z0);
    const forward = solve(f, z0, fine, { rtol: 1e-6 }).states,
      back = until.value;
    const looks = [
      { colour: vermilion, shape: "circle", dash: [] },
      { colour: blue, shape: "square", dash: [7, 4] },
    ];
    const all = found.stretches.flatMap((each) => each.a.flatMap((v) => [...v]));
    const [low, high] = [Math.min(-1, Math.floor(Math.min(...all))), Math.max(1, Math.ceil(Math.max(...all)))];
    a.y = [low - 0.25, high + 0.25];
    a.yTicks = ints(low, high);
    for (const axes of [z, a]) axes.clear();
    z.inside(() =>
      looks.forEach(({ colour, dash }, i) =>
        z.line(fine, column(forward, i), { colour, dash, width: 1.4, alpha: 0.6 }),
      ),
    );
    for (const axes of [z, a]) {
      axes.inside(() => {
        axes.line([back, back], axes.y, { colour: grey, width: 1, dash: [2, 3] });
        if (axes === a) axes.line(a.x, [0, 0], { colour: soft, width: 1 });
        for (const { depths, z: zs, a: as } of found.stretches) {
          const shown = depths.filter((t) => t >= back - 1e-9).length,
            values = axes === z ? zs : as;
          if (!shown) continue;
          looks.forEach(({ colour, dash }, i) =>
            axes.line(depths.slice(0, shown), column(values, i).slice(0, shown), { colour, dash, width: 2.8 }),
          );
        }
      });
    }
    BACKWARD.observed.forEach((t, i) => {
      if (!i) return;
      looks.forEach(({ colour, shape }, j) => {
        z.dots([t], [found.states[i][j]], { colour, shape, size: 4.5, hollow: true });
        z.dots([t], [BACKWARD.targets[i][j]], { colour, shape: "cross", size: 5, width: 2.4 });
      });
    });
    // A jump: from what a had come to, to what it goes on from.
    found.stretches.forEach(({ depths, a: as }, k) => {
      if (depths[0] < back - 1e-9 || (k && !jumps)) return;
      const before = k ? found.stretches[k - 1].a[SAMPLES] : [0, 0];
      looks.forEach(({ colour, shape }, j) => {
        a.line([depths[0], depths[0]], [before[j], as[0][j]], { colour, width: 1.6, dash: j ? [2, 5] : [2, 3] });
        a.dots([depths[0]], [as[0][j]], { colour, shape, size: 4.5 });
      });
    });
    const arrived = back <= 1e-9,
      far = Math.max(...differences.map((d, i) => Math.abs(d - found.a[i]))) / Math.max(...differences.map(Math.abs));
    [0, 1].forEach((i) => {
      byId(`backward-a${i + 1}`).textContent = arrived ? number(found.a[i], 8) : "on its way";
      byId(`backward-d${i + 1}`).textContent = number(differences[i], 8);
    });
    const agreement = jumps
      ? `The two gradients agree to ${power(far)} of the larger one.`
      : `<strong>Without the jumps the gradient is wrong</strong>, by ${number(100 * far, 0)} % of its largest.`;
    tell(`Loss P = ${number(found.loss, 4)}. ${arrived ? agreement : "a is on its way back to t = 0."}`);
  };
});
