// The rings: what a trained network does to the plane, at every depth.
const RINGS = NUMBERS.rings;
// Rims are drawn finer than lines. At a looser tolerance the plane would fold where it is stretched most.
const GAPS = { line: 0.2, disc: 0.1, ring: 0.1 },
  FINE = 1e-4;
const HALVINGS = 26,
  RING_DEPTHS = 40;

// Lines of the plane and the rims of disc and ring, each a list of points [x, y].
function planeCurves() {
  const radius = RINGS.radii[2],
    curves = [];
  for (let i = 0; i < 11; i++) {
    const offset = 1.25 * (i / 5 - 1),
      half = Math.sqrt(radius ** 2 - offset ** 2);
    const along = linspace(-half, half, 40);
    curves.push({ kind: "line", points: along.map((s) => [s, offset]) });
    curves.push({ kind: "line", points: along.map((s) => [offset, s]) });
  }
  RINGS.radii.forEach((r, i) => {
    const angles = linspace(0, 2 * Math.PI, 160);
    curves.push({ kind: i ? "ring" : "disc", points: angles.map((s) => [r * Math.cos(s), r * Math.sin(s)]) });
  });
  return curves;
}

function ringsCarrier(name) {
  const model = RINGS.models[name],
    field = perceptron(model.sizes),
    W = Float64Array.from(model.weights);
  const f = (t, y, dy) => field.slopes(W, t, y, dy),
    d = field.d;
  const lifted = (points) => {
    const z0 = new Float64Array(points.length * d);
    points.forEach(([x, y], i) => z0.set([x, y], i * d));
    return z0;
  };
  // States of all points at the depths, which begin with 0.
  const carry = (points, depths, tol = FINE) => solve(f, lifted(points), depths, { rtol: tol }).states;
  const step = (points, n) => euler(f, lifted(points), n);
  return { d, carry, step, head: model.head };
}

// Put points on a curve until the images of neighbours are no farther apart than a gap.
function refine(carrier, points, gap) {
  const image = (pts) => carrier.carry(pts, [0, 1])[1];
  let z = image(points),
    d = carrier.d;
  for (let round = 0; round < HALVINGS; round++) {
    const far = [];
    for (let i = 1; i < points.length; i++) {
      let distance = 0;
      for (let j = 0; j < d; j++) distance += (z[i * d + j] - z[(i - 1) * d + j]) ** 2;
      if (distance > gap * gap) far.push(i);
    }
    if (!far.length) break;
    const fresh = far.map((i) => [(points[i - 1][0] + points[i][0]) / 2, (points[i - 1][1] + points[i][1]) / 2]);
    const freshZ = image(fresh),
      joined = [],
      joinedZ = [];
    let next = 0;
    points.forEach((point, i) => {
      if (next < far.length && far[next] === i) {
        joined.push(fresh[next]);
        joinedZ.push(...freshZ.slice(next * d, (next + 1) * d));
        next += 1;
      }
      joined.push(point);
      joinedZ.push(...z.slice(i * d, (i + 1) * d));
    });
    points = joined;
    z = Float64Array.from(joinedZ);
  }
  return points;
}

// All that is drawn of a model: curves and points by depth, all in one solve, so that what is close stays close.
function ringsPicture(name) {
  const carrier = ringsCarrier(name),
    flows = name !== "resnet";
  const curves = planeCurves().map(({ kind, points }) => ({
    kind,
    points: flows ? refine(carrier, points, GAPS[kind]) : points,
  }));
  const all = [...RINGS.points, ...curves.flatMap((curve) => curve.points)];
  const depths = flows ? linspace(0, 1, RING_DEPTHS) : linspace(0, 1, RINGS.blocks);
  const states = flows ? carrier.carry(all, depths) : carrier.step(all, RINGS.blocks);
  let from = RINGS.points.length;
  for (const curve of curves) {
    curve.from = from;
    from += curve.points.length;
    curve.to = from;
  }
  return { d: carrier.d, depths, states, curves, head: carrier.head, flows };
}
