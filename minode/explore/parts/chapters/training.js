// (b) The field of Figure 3.4 trained in the page, from the weights that minode starts with; other seeds follow.
figure("training-figure", ({ plot, redraw }) => {
  const LIMIT = 400, TOL = 1e-7;
  const axes = plot("training-plot", LINE_AXES), tell = reading("training-reading"), fine = linspace(0, 1, 80);
  const losses = plot("training-loss", { x: [0, LIMIT], y: [0, 1.6], xLabel: "update", yLabel: "loss", yTicks: [0, 0.5, 1, 1.5].map((v) => [v, String(v)]), xTicks: [0, 100, 200, 300, 400].map((v) => [v, String(v)]) });
  const slope = new Float64Array(1), targets = [1, -1];
  let seed = 0, W, update, history, running = null, probe = [0.5, 0.3], failure = "";
  const blocks = () => Number(model.value);

  function reset() {
    W = seed ? lineField.init(generator(seed)) : Float64Array.from(LINE.start);
    restart();
  }
  // The optimiser begins anew, with the weights that there are.
  function restart() {
    update = adam(W.length, LINE.learning_rate);
    history = [];
    failure = "";
    redraw();
  }
  function stop() {
    if (running) running.stop();
    running = null;
    byId("training-run").textContent = "Train";
    redraw();
  }
  function step() {
    try {
      const { loss, gradient } = lineGradient(W, targets, { blocks: blocks(), tol: TOL });
      update(W, gradient);
      history.push(loss);
    } catch (error) {
      failure = ` The solver gave up: ${error.message}.`;
    }
    const done = history.length >= LIMIT || failure;
    if (done) stop();
    return !done;
  }
  function train() {
    if (running) return stop();
    if (history.length >= LIMIT) restart();
    if (still.matches) {
      while (step());
      return undefined;
    }
    byId("training-run").textContent = "Pause";
    running = animate(() => {
      const until = performance.now() + 8;
      let going = true;
      do going = step();
      while (going && performance.now() < until && history.length % 3);
      redraw();
      return going;
    });
    return undefined;
  }

  const aims = targets.map((target, i) =>
    handle(axes, {
      label: i ? "where 1 shall go" : "where minus 1 shall go",
      kind: i ? "high" : "low",
      at: [1, target],
      move: (_, h) => {
        targets[i] = h;
        restart();
      },
    }),
  );
  const diamond = handle(axes, {
    label: "a point whose trajectory is shown",
    kind: "probe",
    along: "xy",
    at: probe,
    say: (t, h) => `depth ${t.toFixed(2)}, state ${h.toFixed(2)}`,
    move: (t, h) => {
      probe = [t, h];
      redraw();
    },
  });
  const model = choice("training-model", (value) => {
    stop();
    diamond.show(value === "0");
    reset();
  });
  choice("training-task", (value) => {
    targets.splice(0, 2, ...(value === "swap" ? [1, -1] : [-1, 1]));
    aims.forEach((aim, i) => aim.put(1, targets[i]));
    restart();
  });
  press("training-run", train);
  press("training-new", () => {
    stop();
    seed += 1;
    reset();
  });
  reset();

  function drawFlow(f) {
    const { vermilion, blue, green, grey } = theme.colour, { states } = solve(f, LINE.starts, fine, { rtol: 1e-5 });
    for (let j = 0; j < LINE.starts.length; j++) axes.line(fine, states.map((s) => s[j]), { colour: grey, width: 0.8, alpha: 0.8 });
    const [t, h] = probe, colour = green;
    for (const end of [0, 1]) {
      if (t === end) continue;
      const depths = linspace(t, end, 50);
      axes.line(depths, solve(f, [h], depths, { rtol: 1e-6 }).states.map((s) => s[0]), { colour, width: 2, dash: [6, 3] });
    }
    const pair = solve(f, ENDS, fine, { rtol: TOL }).states;
    [vermilion, blue].forEach((each, i) => axes.line(fine, pair.map((s) => s[i]), { colour: each, width: 2.8 }));
    return { outputs: pair[pair.length - 1], cross: crossings(pair).length > 0 };
  }
  function drawBlocks(f) {
    const states = euler(f, ENDS, blocks()), depths = linspace(0, 1, blocks()), { vermilion, blue, ink, panel } = theme.colour;
    const paths = [0, 1].map((i) => states.map((s) => s[i])), cross = meeting(...paths);
    [[vermilion, LOW], [blue, HIGH]].forEach(([colour, { shape }], i) => {
      axes.line(depths, paths[i], { colour, width: 2.8 });
      axes.dots(depths, paths[i], { colour, shape, size: 5 });
    });
    if (cross) [[ink, 10], [panel, 4]].forEach(([colour, size]) => axes.dots([cross[0]], [cross[1]], { colour, size, width: 0 }));
    return { outputs: states[states.length - 1], cross: cross !== null };
  }

  return () => {
    const f = lineSlopes(W), floor = lowestLoss(targets), { soft, ink, orange } = theme.colour;
    let shown;
    axes.clear();
    axes.inside(() => {
      axes.arrows((t, h) => (lineField.slopes(W, t, [h], slope), slope[0]));
      try {
        shown = blocks() ? drawBlocks(f) : drawFlow(f);
      } catch (error) {
        failure = ` The solver gave up: ${error.message}.`;
      }
    });
    losses.clear();
    losses.inside(() => {
      if (floor) losses.line([0, LIMIT], [floor, floor], { colour: soft, width: 1.6, dash: [6, 5] });
      losses.line(history.map((_, i) => i), history, { colour: ink, width: 2.2 });
      if (history.length) losses.dots([history.length - 1], history.slice(-1), { colour: orange, size: 4 });
    });
    if (floor) {
      Object.assign(losses.context, { fillStyle: soft });
      losses.words(`no flow can do better: ${number(floor)}`, losses.px(LIMIT) - 6, losses.py(floor) + (floor > 0.2 ? 18 : -8), "right");
    }
    if (!shown) return tell(failure);
    const [low, high] = shown.outputs, { loss } = huber(shown.outputs, targets);
    const gap = power(Number(Math.abs(high - low).toPrecision(1)));
    const state = shown.cross ? "<strong>The trajectories cross.</strong>" : `<strong>No crossing</strong>; ${gap} apart at the end.`;
    return tell(
      `Update ${history.length}: ${MINUS}1 goes to ${number(low)} (asked: ${number(targets[0], 2)}), 1 goes to ${number(high)} ` +
        `(asked: ${number(targets[1], 2)}). Loss ${number(loss, 4)}. ${state}${failure}`,
    );
  };
});
