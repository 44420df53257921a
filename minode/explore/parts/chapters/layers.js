// (a) The ResNet of Figure 3.4, trained with two layers, read with more.
const LINE_AXES = {
  x: [0, 1],
  y: [-1.65, 1.65],
  xTicks: [0, 0.25, 0.5, 0.75, 1].map((t) => [t, String(t)]),
  yTicks: [-1, 0, 1].map((h) => [h, number(h, 0)]),
  xLabel: "depth t",
  yLabel: "state h",
};
const LOW = { shape: "circle" }, HIGH = { shape: "square" };

figure("layers-figure", ({ plot, redraw }) => {
  const axes = plot("layers-plot", LINE_AXES), W = LINE.resnet, f = lineSlopes(W), slope = new Float64Array(1);
  const starts = [...ENDS], tell = reading("layers-reading"), fine = linspace(0, 1, 100);
  const layers = slider("layers-n", [...linspace(1, 16, 15), 20, 24, 32, 48, 64], {
    start: LINE.blocks,
    say: (n) => (n === 1 ? "1 layer" : `${n} layers`),
    change: redraw,
  });
  starts.forEach((start, i) =>
    handle(axes, {
      label: i ? "start of the second trajectory" : "start of the first trajectory",
      kind: i ? "high" : "low",
      at: [0, start],
      move: (_, h) => {
        starts[i] = h;
        redraw();
      },
    }),
  );
  byId("layers-exact").addEventListener("change", redraw);

  return () => {
    const n = layers.value, states = euler(f, starts, n), depths = linspace(0, 1, n), { vermilion, blue, ink } = theme.colour;
    const [a, b] = [0, 1].map((i) => states.map((state) => state[i]));
    const cross = meeting(a, b), closest = Math.min(...a.map((value, i) => Math.abs(b[i] - value)));
    axes.clear();
    axes.inside(() => {
      axes.arrows((t, h) => (lineField.slopes(W, t, [h], slope), slope[0]));
      if (byId("layers-exact").checked) {
        const exact = solve(f, starts, fine, { rtol: 1e-7 }).states;
        [vermilion, blue].forEach((colour, i) => axes.line(fine, exact.map((state) => state[i]), { colour, width: 1.3, alpha: 0.75 }));
      }
      const size = n > 32 ? 2 : n > 16 ? 3 : 5;
      [[a, vermilion, LOW], [b, blue, HIGH]].forEach(([heights, colour, { shape }]) => {
        axes.line(depths, heights, { colour, width: 2.6 });
        axes.dots(depths.slice(1), heights.slice(1), { colour, shape, size });
      });
      if (cross) axes.dots([cross[0]], [cross[1]], { colour: ink, size: 10, hollow: false, width: 0 });
      if (cross) axes.dots([cross[0]], [cross[1]], { colour: theme.colour.panel, size: 4, width: 0 });
    });
    const ends = states[n].map((value) => value);
    const verdict = cross
      ? "<strong>The trajectories cross</strong>, at the black ring."
      : `<strong>They do not cross</strong>; never closer than ${power(Number(closest.toPrecision(1)))}.`;
    tell(
      `${n === 1 ? "One layer" : `${n} layers`}: ${number(starts[0], 2)} goes to ${number(ends[0])}, ` +
        `${number(starts[1], 2)} goes to ${number(ends[1])}. ${verdict}`,
    );
  };
});
