// (e) The rings of Figure 3.5, carried along by three trained networks.
figure("rings-figure", ({ plot, redraw }) => {
  const axes = plot("rings-plot", { x: [-1, 1], y: [-1, 1], margin: [6, 6, 6, 6] }),
    tell = reading("rings-reading");
  const pictures = {},
    inputs = { yaw: byId("rings-yaw"), pitch: byId("rings-pitch") };
  let picture = null,
    running = null,
    busy = "";
  const say = (i) => (picture?.flows === false ? `after ${i} of 2 layers` : (i / RING_DEPTHS).toFixed(2));
  const depth = slider("rings-depth", [0], { start: 0, say, change: redraw });

  const model = choice("rings-model", load);
  function load() {
    const name = model.value,
      solid = RINGS.models[name].sizes[0] === 3;
    for (const id of ["rings-turning", "rings-tilting"]) byId(id).hidden = !solid;
    byId("rings-plot").classList.toggle("draggable", solid);
    if (running) running.stop();
    busy = "Solving…";
    redraw();
    // A frame in between, in which the page can say what it does.
    setTimeout(() => {
      pictures[name] ??= ringsPicture(name);
      if (model.value !== name) return;
      picture = pictures[name];
      picture.extent ??= extent(picture.states, picture.d);
      busy = "";
      depth.refill([...picture.depths.keys()], picture.depths.length - 1);
      redraw();
    }, 30);
  }
  for (const input of Object.values(inputs)) {
    const say = () => input.setAttribute("aria-valuetext", `${input.value} degrees`);
    input.addEventListener("input", () => (say(), redraw()));
    say();
  }
  press("rings-run", () => {
    if (busy) return;
    if (running) running.stop();
    const last = picture.depths.length - 1;
    if (still.matches) {
      // A quarter of the way at a time, and back to the beginning.
      depth.value = depth.value === last ? 0 : Math.min(last, depth.value + Math.ceil(last / 4));
      redraw();
      return;
    }
    let at = 0;
    running = animate(() => {
      depth.value = Math.min(last, Math.floor(at));
      redraw();
      at += last / 120;
      return at < last + 1;
    });
  });
  // Turn by dragging the picture.
  let held = null;
  axes.canvas.addEventListener("pointerdown", (event) => {
    if (!picture || picture.d !== 3) return;
    axes.canvas.setPointerCapture(event.pointerId);
    held = [event.clientX, event.clientY, Number(inputs.yaw.value), Number(inputs.pitch.value)];
  });
  axes.canvas.addEventListener("pointermove", (event) => {
    if (!held || !axes.canvas.hasPointerCapture(event.pointerId)) return;
    const yaw = held[2] + (event.clientX - held[0]) * 0.5;
    inputs.yaw.value = ((((yaw + 180) % 360) + 360) % 360) - 180;
    inputs.pitch.value = held[3] + (event.clientY - held[1]) * 0.4;
    redraw();
  });
  axes.canvas.addEventListener("pointerup", () => (held = null));
  load();

  // How the features of this depth are brought to the screen.
  function projection() {
    const { low, high } = picture.extent,
      d = picture.d,
      middle = low.map((value, i) => (value + high[i]) / 2);
    const half = Math.max(...low.map((value, i) => (high[i] - value) / 2)) * 1.06;
    if (d === 2) return (x, y) => [(x - middle[0]) / half, (y - middle[1]) / half];
    const [yaw, pitch] = [inputs.yaw, inputs.pitch].map((input) => (Number(input.value) * Math.PI) / 180);
    return camera({ yaw, pitch, middle, scale: 0.8 / half });
  }

  function drawHead(project, colour) {
    const corners = zeroSet(picture.head, picture.extent).map((corner) => project(...corner));
    axes.line(column(corners, 0), column(corners, 1), { colour, width: 2, dash: [8, 5] });
    if (picture.d === 2) return;
    Object.assign(axes.context, { fillStyle: colour, globalAlpha: 0.08 });
    axes.context.fill();
    axes.context.globalAlpha = 1;
  }
  function drawCurves(place) {
    const { blue, vermilion, grey } = theme.colour;
    const looks = {
      line: { colour: grey, width: 0.9, alpha: 0.8 },
      disc: { colour: blue, width: 2 },
      ring: { colour: vermilion, width: 2 },
    };
    for (const { kind, from, to } of picture.curves) {
      const places = Array.from({ length: to - from }, (_, i) => place(from + i));
      axes.line(column(places, 0), column(places, 1), looks[kind]);
    }
    const kinds = { 1: { colour: vermilion, shape: "square" }, [-1]: { colour: blue, shape: "circle" } };
    for (const [label, look] of Object.entries(kinds)) {
      const places = RINGS.labels.flatMap((each, i) => (each === Number(label) ? [place(i)] : []));
      axes.dots(column(places, 0), column(places, 1), { ...look, size: 2.2 });
    }
  }
  function words(name, i) {
    const { d } = picture,
      told = RINGS.models[name],
      state = picture.states[i];
    if (i === 0) return "Depth 0: nothing has moved yet.";
    if (i < picture.depths.length - 1) {
      return {
        node: "On its way. No line crosses another; some come close.",
        augmented: "On its way. In space no line crosses another, though in this picture one may pass before another.",
        resnet: "Half-way. Between one layer and the next there is nothing to be seen: the points leap.",
      }[name];
    }
    const wrong = RINGS.labels.filter((label, j) => {
      const output = picture.head.slice(0, d).reduce((sum, w, k) => sum + w * state[d * j + k], picture.head[d]);
      return label * output <= 0;
    }).length;
    const verdict = {
      node: () =>
        `The ring could not be opened: it goes around the disc still, and a piece of its inner rim, ` +
        `${power(told.cut_width)} long, ends up on the disc’s side. There the answer is off by ` +
        `${number(told.worst_error, 2)}.`,
      augmented: () =>
        "The disc has left the plane, and a plane parts the two: of points and rims the answer is off by " +
        `${number(told.worst_error, 2)} at most.`,
      resnet: () =>
        "The sheet was <strong>folded</strong>: lines cross, and different points lie on each other. Leaps may do so.",
    };
    const border = d === 3 ? "plane" : "line";
    return `On the wrong side of the dashed ${border}: ${wrong} of ${RINGS.labels.length} points. ${verdict[name]()}`;
  }

  return () => {
    axes.clear();
    if (busy) return tell(busy);
    const at = depth.value,
      state = picture.states[at],
      { d } = picture,
      project = projection();
    axes.inside(() => {
      drawCurves((i) => project(...state.subarray(d * i, d * i + d)));
      if (at === picture.depths.length - 1) drawHead(project, d === 3 ? theme.colour.green : theme.colour.ink);
    });
    return tell(words(model.value, at));
  };
});
