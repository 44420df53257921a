// (a) The ResNet of Figure 3.4, trained with two layers, read with more.
figure("layers-figure", ({ plot, redraw }) => {
  const axes = plot("layers-plot", LINE_AXES),
    tell = reading("layers-reading"),
    fine = linspace(0, 1, 100);
  const W = LINE.resnet,
    f = lineSlopes(W),
    starts = [...ENDS];
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
    const n = layers.value,
      states = euler(f, starts, n);
    let cross;
    axes.clear();
    axes.inside(() => {
      drawField(axes, W);
      if (byId("layers-exact").checked) {
        drawPair(axes, fine, solve(f, starts, fine, { rtol: 1e-7 }).states, { width: 1.3, alpha: 0.75 });
      }
      cross = drawPolygons(axes, states);
    });
    const closest = Math.min(...states.map(([a, b]) => Math.abs(b - a)));
    let verdict = `<strong>They do not cross</strong>; never closer than ${distance(closest)}.`;
    if (cross) verdict = "<strong>The trajectories cross</strong>, at the ring.";
    if (starts[0] === starts[1]) verdict = "One start, one trajectory.";
    const ways = starts.map((start, i) => `${number(start, 2)} goes to ${number(states[n][i])}`);
    tell(`${n === 1 ? "1 layer" : `${n} layers`}: ${ways.join(", ")}. ${verdict}`);
  };
});
