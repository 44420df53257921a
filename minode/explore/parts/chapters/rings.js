// (e) The rings of Figure 3.5, carried along by three trained networks.
figure("rings-figure", ({ plot, redraw }) => {
  const axes = plot("rings-plot", { x: [-1, 1], y: [-1, 1], margin: [6, 6, 6, 6] }), tell = reading("rings-reading");
  const pictures = {}, inputs = { yaw: byId("rings-yaw"), pitch: byId("rings-pitch") };
  let picture = null, depth = null, busy = "";

  const model = choice("rings-model", load);
  function load() {
    const name = model.value, solid = RINGS.models[name].sizes[0] === 3;
    for (const id of ["rings-turning", "rings-tilting"]) byId(id).hidden = !solid;
    byId("rings-plot").classList.toggle("draggable", solid);
    busy = pictures[name] ? "" : "Solving…";
    redraw();
    // A frame in between, in which the page can say what it does.
    setTimeout(() => {
      pictures[name] ??= ringsPicture(name);
      if (model.value !== name) return;
      picture = pictures[name];
      picture.extent ??= extent(picture.states, picture.d);
      busy = "";
      const say = (i) => (picture.flows ? picture.depths[i].toFixed(2) : ["before", "after 1 layer", "after 2 layers"][i]);
      depth = slider("rings-depth", picture.depths.map((_, i) => i), { start: picture.depths.length - 1, say, change: redraw });
      redraw();
    }, 30);
  }
  for (const [name, input] of Object.entries(inputs)) {
    const say = () => input.setAttribute("aria-valuetext", `${input.value} degrees`);
    input.addEventListener("input", () => (say(), redraw()));
    input.dataset.name = name;
    say();
  }
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
    const { low, high } = picture.extent, d = picture.d, middle = low.map((value, i) => (value + high[i]) / 2);
    const half = Math.max(...low.map((value, i) => (high[i] - value) / 2)) * 1.06;
    if (d === 2) return (x, y) => [(x - middle[0]) / half, (y - middle[1]) / half];
    const [yaw, pitch] = [inputs.yaw, inputs.pitch].map((input) => (Number(input.value) * Math.PI) / 180);
    return camera({ yaw, pitch, middle, scale: 0.8 / half });
  }

  // The line, or a piece of the plane, on which the head's answer is 0.
  function drawHead(project, colour) {
    const d = picture.d, w = picture.head.slice(0, d), b = picture.head[d], { low, high } = picture.extent;
    const square = w.reduce((sum, value) => sum + value * value, 0), middle = low.map((value, i) => (value + high[i]) / 2);
    const off = (w.reduce((sum, value, i) => sum + value * middle[i], 0) + b) / square, foot = middle.map((value, i) => value - off * w[i]);
    const reach = Math.max(...low.map((value, i) => high[i] - value)) * (d === 2 ? 1 : 0.4);
    const unit = (v) => v.map((value) => value / Math.hypot(...v));
    const along = d === 2 ? [unit([-w[1], w[0]])] : [unit([-w[1], w[0], 0])];
    if (d === 3) along.push(unit([w[1] * along[0][2] - w[2] * along[0][1], w[2] * along[0][0] - w[0] * along[0][2], w[0] * along[0][1] - w[1] * along[0][0]]));
    const corners = d === 2 ? [[1], [-1]] : [[1, 1], [1, -1], [-1, -1], [-1, 1], [1, 1]];
    const places = corners.map((signs) => project(...foot.map((value, i) => value + reach * signs.reduce((sum, sign, k) => sum + sign * along[k][i], 0))));
    axes.line(places.map(([x]) => x), places.map(([, y]) => y), { colour, width: 2, dash: [8, 5] });
    if (d === 3) {
      Object.assign(axes.context, { fillStyle: colour, globalAlpha: 0.08 });
      axes.context.fill();
      axes.context.globalAlpha = 1;
    }
  }

  return () => {
    axes.clear();
    if (busy || !picture) return tell(busy);
    const at = depth.value, state = picture.states[at], d = picture.d, project = projection(), { blue, vermilion, grey, ink, green } = theme.colour;
    const place = (i) => (d === 2 ? project(state[2 * i], state[2 * i + 1]) : project(state[3 * i], state[3 * i + 1], state[3 * i + 2]));
    axes.inside(() => {
      const looks = { line: { colour: grey, width: 0.9, alpha: 0.8 }, disc: { colour: blue, width: 2 }, ring: { colour: vermilion, width: 2 } };
      for (const { kind, from, to } of picture.curves) {
        const places = Array.from({ length: to - from }, (_, i) => place(from + i));
        axes.line(places.map(([x]) => x), places.map(([, y]) => y), looks[kind]);
      }
      for (const [label, colour, shape] of [[1, vermilion, "square"], [-1, blue, "circle"]]) {
        const places = RINGS.labels.flatMap((each, i) => (each === label ? [place(i)] : []));
        axes.dots(places.map(([x]) => x), places.map(([, y]) => y), { colour, shape, size: 2.2 });
      }
      if (at === picture.depths.length - 1) drawHead(project, d === 3 ? green : ink);
    });
    const wrong = RINGS.labels.filter((label, i) => {
      const output = picture.head.slice(0, d).reduce((sum, w, j) => sum + w * state[d * i + j], picture.head[d]);
      return label * output <= 0;
    }).length;
    const told = RINGS.models[model.value];
    const words = {
      node: () => `The ring is stretched until it is thin as a thread in one place, ${power(Number(told.cut_width.toPrecision(1)))} wide, but it holds: somewhere on it the answer is off by ${number(told.worst_error, 2)}, whatever the sample says.`,
      augmented: () => `The disc has left the plane; a plane parts the two, and the answer is nowhere off by more than ${number(told.worst_error, 2)}.`,
      resnet: () => "The sheet was <strong>folded</strong>: lines cross, and different points lie on each other. In two leaps that is allowed.",
    };
    const end = at === picture.depths.length - 1;
    return tell(end ? `On the wrong side of the dashed ${d === 3 ? "plane" : "line"}: ${wrong} of ${RINGS.labels.length} points. ${words[model.value]()}` : "Blue: the disc. Vermilion: the ring. Grey: what were straight lines of the plane.");
  };
});
