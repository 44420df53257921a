// What the reader takes hold of in a plot: a button that pointers drag and arrow keys move.
function handle(plot, { label, at, move, along = "y", step = 0.05, kind = "", say = (x, y) => y.toFixed(2) }) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = `handle ${kind}`;
  button.setAttribute("role", "slider");
  button.setAttribute("aria-label", label);
  button.setAttribute("aria-orientation", along === "y" ? "vertical" : "horizontal");
  plot.canvas.parentElement.append(button);
  let [x, y] = at;

  const clamp = (value, [low, high]) => Math.min(high, Math.max(low, value));
  function place() {
    button.style.left = `${plot.px(x)}px`;
    button.style.top = `${plot.py(y)}px`;
    const [value, [low, high]] = along === "y" ? [y, plot.y] : [x, plot.x];
    const told = { valuemin: low, valuemax: high, valuenow: Number(value.toFixed(3)), valuetext: say(x, y) };
    for (const [name, content] of Object.entries(told)) button.setAttribute(`aria-${name}`, content);
  }
  // Where it is put it stays; what the plot shows follows if `tell` is true.
  function put(newX, newY, tell = true) {
    if (along !== "y") x = clamp(newX, plot.x);
    y = clamp(newY, plot.y);
    place();
    if (tell) move(x, y);
  }
  button.addEventListener("pointerdown", (event) => {
    button.setPointerCapture(event.pointerId);
    button.focus({ preventScroll: true });
    event.preventDefault();
  });
  button.addEventListener("pointermove", (event) => {
    if (!button.hasPointerCapture(event.pointerId)) return;
    const { left, top } = plot.canvas.getBoundingClientRect();
    put(...plot.at(event.clientX - left, event.clientY - top));
  });
  button.addEventListener("keydown", (event) => {
    const by = step * (event.shiftKey ? 5 : 1);
    const moves = { ArrowUp: [0, by], ArrowDown: [0, -by], ArrowRight: [by, 0], ArrowLeft: [-by, 0] };
    const ends = { Home: plot.y[0], End: plot.y[1], PageUp: y + 5 * step, PageDown: y - 5 * step };
    const found = moves[event.key];
    if (!found && !(event.key in ends)) return;
    event.preventDefault();
    if (!found) return put(x, ends[event.key]);
    const [dx, dy] = found;
    if (along === "y") put(x, y + dy + dx);
    else put(x + (dx * (plot.x[1] - plot.x[0])) / (plot.y[1] - plot.y[0]), y + dy);
    return undefined;
  });
  plot.placed.push(place);
  place();
  return { put: (newX, newY) => put(newX, newY, false), show: (shown) => (button.hidden = !shown) };
}
