// What the pictures of the line share: their axes, the two trajectories, and where these cross.
const LINE_AXES = {
  x: [-0.035, 1.035],
  y: [-1.65, 1.65],
  xTicks: [0, 0.25, 0.5, 0.75, 1].map((t) => [t, String(t)]),
  yTicks: [-1, 0, 1].map((h) => [h, number(h, 0)]),
  xLabel: "depth t",
  yLabel: "state h",
};
// Of the trajectory from -1 and that from 1. Shapes tell them apart where colours do not.
const PAIR = [
  { name: "vermilion", shape: "circle" },
  { name: "blue", shape: "square" },
];

function column(states, j) {
  return states.map((state) => state[j]);
}

function drawField(axes, W) {
  const slope = new Float64Array(1);
  axes.arrows((t, h) => {
    lineField.slopes(W, t, [h], slope);
    return slope[0];
  });
}

function drawPair(axes, depths, states, style) {
  PAIR.forEach(({ name }, i) => axes.line(depths, column(states, i), { colour: theme.colour[name], ...style }));
}

// The pair as the polygons of a residual network, a mark at each layer; a ring where they cross, which is returned.
function drawPolygons(axes, states) {
  const n = states.length - 1,
    depths = linspace(0, 1, n),
    size = n > 32 ? 2 : n > 16 ? 3 : 5;
  drawPair(axes, depths, states, { width: 2.7 });
  PAIR.forEach(({ name, shape }, i) =>
    axes.dots(depths, column(states, i), { colour: theme.colour[name], shape, size }),
  );
  const cross = meeting(column(states, 0), column(states, 1));
  if (cross) {
    const [t, h] = cross;
    axes.dots([t], [h], { colour: theme.colour.ink, size: 10 });
    axes.dots([t], [h], { colour: theme.colour.panel, size: 4 });
  }
  return cross;
}
