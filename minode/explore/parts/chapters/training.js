// (b) The field of Figure 3.4 trained in the page, from the weights that minode starts with; other seeds follow.
figure("training-figure", ({ plot, redraw }) => {
  const TASKS = { swap: [1, -1], same: [-1, 1] };
  const axes = plot("training-plot", LINE_AXES),
    tell = reading("training-reading"),
    fine = linspace(0, 1, 80);
  const losses = plot("training-loss", {
    x: [0, UPDATES],
    y: [0, 1.6],
    xLabel: "update",
    yLabel: "loss",
    yTicks: [0, 0.5, 1, 1.5].map((loss) => [loss, String(loss)]),
    xTicks: linspace(0, UPDATES, 4).map((update) => [update, String(update)]),
  });
  const trainer = lineTrainer();
  let running = null,
    probe = [0.5, 0.3];

  function stop() {
    if (running) running.stop();
    running = null;
    byId("training-run").textContent = "Train";
    redraw();
  }
  function train() {
    if (running) return stop();
    if (trainer.done) trainer.restart();
    byId("training-run").textContent = "Pause";
    running = animate(() => {
      // Three updates a frame, as far as there is time, so that one can watch.
      const until = performance.now() + 5;
      for (let i = 0; i < 3 && !trainer.done && performance.now() < until; i++) trainer.step();
      if (trainer.done) stop();
      else if (!still.matches) redraw();
      return !trainer.done;
    });
    return undefined;
  }

  const task = choice("training-task", (name) => {
    trainer.targets.splice(0, 2, ...TASKS[name]);
    aims.forEach((aim, i) => aim.put(1, trainer.targets[i]));
    trainer.restart();
    redraw();
  });
  const aims = trainer.targets.map((target, i) =>
    handle(axes, {
      label: i ? "where 1 shall go" : "where minus 1 shall go",
      kind: i ? "high" : "low",
      at: [1, target],
      move: (_, h) => {
        trainer.targets[i] = h;
        task.clear();
        trainer.restart();
        redraw();
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
  choice("training-model", (blocks) => {
    stop();
    trainer.blocks = Number(blocks);
    diamond.show(!trainer.blocks);
    trainer.begin();
  });
  press("training-run", train);
  press("training-new", () => {
    stop();
    trainer.begin(trainer.seed + 1);
  });

  function drawFlow(f) {
    const { green, grey } = theme.colour,
      [t, h] = probe;
    const { states } = solve(f, LINE.starts, fine, { rtol: 1e-6 });
    LINE.starts.forEach((_, j) => axes.line(fine, column(states, j), { colour: grey, width: 0.8, alpha: 0.8 }));
    for (const end of [0, 1].filter((end) => end !== t)) {
      const depths = linspace(t, end, 50),
        way = column(solve(f, [h], depths, { rtol: 1e-6 }).states, 0);
      axes.line(depths, way, { colour: green, width: 2, dash: [6, 3] });
    }
    const pair = solve(f, ENDS, fine, { rtol: trainer.tol }).states;
    drawPair(axes, fine, pair, { width: 2.8 });
    return { outputs: pair[fine.length - 1], cross: crossings(pair).length > 0 };
  }
  function drawBlocks(f) {
    const states = euler(f, ENDS, trainer.blocks);
    return { cross: drawPolygons(axes, states) !== null, outputs: states[trainer.blocks] };
  }
  function drawLosses() {
    const floor = lowestLoss(trainer.targets),
      { history } = trainer,
      { soft, ink, orange } = theme.colour;
    losses.y[1] = Math.max(1.6, 1.1 * Math.max(0, ...history));
    losses.clear();
    losses.inside(() => {
      if (floor) losses.line([0, UPDATES], [floor, floor], { colour: soft, width: 1.6, dash: [6, 5] });
      losses.line([...history.keys()], history, { colour: ink, width: 2.2 });
      if (history.length) losses.dots([history.length - 1], history.slice(-1), { colour: orange, size: 4 });
    });
    if (!floor) return;
    losses.context.fillStyle = soft;
    const below = losses.py(floor) + (floor > 0.2 ? 18 : -8);
    losses.words(`no flow can do better: ${number(floor)}`, losses.px(UPDATES) - 6, below, "right");
  }
  function verdict({ outputs: [low, high], cross }) {
    if (!cross) return `<strong>No crossing</strong>; ${distance(Math.abs(high - low))} apart at the end.`;
    if (trainer.blocks) return "<strong>The trajectories cross.</strong>";
    return `They cross as computed: an artefact of the tolerance, ${power(trainer.tol)}.`;
  }

  return () => {
    const f = lineSlopes(trainer.W),
      { targets } = trainer;
    let shown,
      failure = trainer.failure;
    axes.clear();
    axes.inside(() => {
      drawField(axes, trainer.W);
      try {
        shown = trainer.blocks ? drawBlocks(f) : drawFlow(f);
      } catch (error) {
        failure = error.message;
      }
    });
    drawLosses();
    const given = failure ? ` The solver gave up: ${failure}.` : "";
    if (!shown) return tell(given);
    const ways = ENDS.map(
      (end, i) => `${number(end, 0)} goes to ${number(shown.outputs[i])} (asked: ${number(targets[i], 2)})`,
    );
    const loss = number(huber(shown.outputs, targets).loss, 4);
    return tell(`Update ${trainer.history.length}: ${ways.join(", ")}. Loss ${loss}. ${verdict(shown)}${given}`);
  };
});
