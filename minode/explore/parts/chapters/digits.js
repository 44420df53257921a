// (f) The NODE on record for MNIST reads what is drawn.
figure("digits-figure", ({ plot, redraw }) => {
  const DEPTHS = 24,
    network = digitsNetwork(),
    tell = reading("digits-reading");
  const board = plot("digits-pad", { x: [0, 1], y: [0, 1], margin: [0, 0, 0, 0] });
  const maps = plot("digits-maps", { x: [0, 8], y: [0, 8], margin: [0, 0, 0, 0] });
  const guess = plot("digits-guess", {
    ...LINE_AXES,
    y: [0, 1.04],
    margin: [14, 34, 44, 66],
    yTicks: [
      [0, "0"],
      [0.5, "50 %"],
      [1, "100 %"],
    ],
    yLabel: "the head’s answer",
  });
  const depth = slider("digits-depth", linspace(0, DEPTHS, DEPTHS), {
    start: DEPTHS,
    say: (i) => (i / DEPTHS).toFixed(2),
    change: redraw,
  });
  const tolerances = linspace(1, 6, 10).map((digits) => 10 ** -digits);
  const tolerance = slider("digits-tol", tolerances, { start: 10 ** -3, say: power, change: read });
  let image = sampleImage(3),
    answer = null,
    failure = "",
    seconds = 0;
  const pad = drawingPad(board, (drawn) => {
    image = drawn;
    read();
  });

  function read() {
    const start = performance.now();
    [answer, failure] = [null, ""];
    try {
      if (image.some((value) => value > 0)) answer = network.read(image, { tol: tolerance.value, depths: DEPTHS });
    } catch (error) {
      failure = `The solver gave up: ${error.message}.`;
    }
    seconds = (performance.now() - start) / 1000;
    redraw();
  }
  press("digits-clear", () => pad.show(new Float32Array(SIDE * SIDE)));
  for (let digit = 0; digit < 10; digit++) {
    const button = document.createElement("button"),
      picture = document.createElement("canvas");
    button.type = "button";
    button.setAttribute("aria-label", `test image of a ${digit}`);
    [picture.width, picture.height] = [SIDE, SIDE];
    picture.getContext("2d").putImageData(greyImage(sampleImage(digit)), 0, 0);
    button.append(picture);
    button.addEventListener("click", () => pad.show(sampleImage(digit)));
    byId("digits-samples").append(button);
  }
  const percent = (share) => `${(100 * share).toFixed(2)} %`;
  byId("digits-caption").innerHTML =
    `208,266 weights, kept in 8 bits. On the ${DIGITS.test_images.toLocaleString("en")} test images of MNIST minode ` +
    `counts ${percent(DIGITS.error.float32)} errors with the weights as trained and ` +
    `${percent(DIGITS.error["8_bits"])} with these. What you draw is scaled and centred as theirs were. Above, each ` +
    "6 × 6 patch is one map: blue below zero, vermilion above. The curves: what the network’s last layer would say " +
    "if the flow ended there.";
  pad.show(image);

  function drawMaps(state) {
    const c = maps.context,
      cell = maps.width / 8,
      pixel = (cell - 3) / MAP,
      { blue, vermilion, panel, rule } = theme.colour;
    const largest = Math.max(...state.map(Math.abs)) * 0.6;
    Object.assign(c, { fillStyle: rule, globalAlpha: 1 });
    c.fillRect(0, 0, maps.width, maps.height);
    for (let channel = 0; channel < WIDTH; channel++) {
      const [left, top] = [(channel % 8) * cell + 1.5, Math.floor(channel / 8) * cell + 1.5];
      Object.assign(c, { fillStyle: panel, globalAlpha: 1 });
      c.fillRect(left, top, cell - 3, cell - 3);
      for (let p = 0; p < MAP * MAP; p++) {
        const value = state[p * WIDTH + channel];
        Object.assign(c, {
          fillStyle: value < 0 ? blue : vermilion,
          globalAlpha: Math.min(1, Math.abs(value) / largest),
        });
        c.fillRect(left + (p % MAP) * pixel, top + Math.floor(p / MAP) * pixel, pixel, pixel);
      }
    }
    c.globalAlpha = 1;
  }

  return () => {
    pad.draw();
    guess.clear();
    if (!answer) {
      maps.context.clearRect(0, 0, maps.width, maps.height);
      return tell(failure || "Draw a digit, or take one of the test images.");
    }
    const at = depth.value,
      shares = answer.logits.map(softmax),
      last = shares[DEPTHS],
      { ink, soft, grey, orange } = theme.colour;
    drawMaps(answer.states[at]);
    const order = last.map((_, digit) => digit).sort((a, b) => last[b] - last[a]),
      depths = linspace(0, 1, DEPTHS);
    const height = last.map((_, digit) => Math.max(...shares.map((share) => share[digit])));
    guess.inside(() => {
      [...order].reverse().forEach((digit) => {
        const best = digit === order[0];
        guess.line(depths, column(shares, digit), { colour: best ? orange : grey, width: best ? 3 : 1.3 });
      });
      guess.line([depths[at], depths[at]], [0, 1.04], { colour: soft, width: 1, dash: [2, 3] });
    });
    guess.context.font = "600 15px system-ui, sans-serif";
    guess.context.fillStyle = ink;
    guess.words(String(order[0]), guess.px(1) + 10, guess.py(last[order[0]]) + 5);
    const rival = order.slice(1).sort((a, b) => height[b] - height[a])[0];
    if (height[rival] > 0.15) {
      const where = shares.reduce((found, share, i) => (share[rival] > shares[found][rival] ? i : found), 0);
      guess.words(String(rival), Math.max(guess.px(depths[where]), guess.px(0) + 8), guess.py(height[rival]) - 6);
    }
    const [first, second] = order.map((digit) => `${digit} (${(100 * last[digit]).toFixed(1)} %)`);
    const cost = `${answer.nfe} evaluations of the field, ${seconds.toFixed(2)} s.`;
    return tell(`<strong>It reads ${first}</strong>, then ${second}. ${cost}`);
  };
});
