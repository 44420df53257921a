// What begins each picture, for who does not want to wait until it comes near.
const beginnings = [];

// A picture of the page: begun when it comes near, drawn again when something changes, at most once a frame.
function figure(id, begin) {
  const element = byId(id);
  let draw = null,
    waiting = false;
  const redraw = () => {
    if (!draw || waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      draw();
    });
  };
  const plots = [];
  const plot = (canvas, options) => {
    const made = new Plot(byId(canvas), options);
    plots.push(made);
    return made;
  };
  const start = () => {
    if (draw) return;
    draw = begin({ plot, redraw });
    draw();
  };
  beginnings.push(start);
  const near = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && start(), {
    rootMargin: "600px",
  });
  near.observe(element);
  new ResizeObserver(() => {
    plots.forEach((each) => each.fit());
    redraw();
  }).observe(element);
  theme.watchers.push(redraw);
}

// Call `step` once a frame until it returns false. `stop()` ends it, too.
function animate(step) {
  let running = true;
  const next = () => {
    if (running && step() !== false) requestAnimationFrame(next);
    else running = false;
  };
  requestAnimationFrame(next);
  return {
    stop() {
      running = false;
    },
  };
}
