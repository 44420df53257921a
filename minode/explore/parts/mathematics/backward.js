// Figure 3.2: a loss that looks at four states, P = sum of |z(t_i) - y_i|^2 / 2, and its gradient backward.
const BACKWARD = NUMBERS.backward;
const backwardField = perceptron(BACKWARD.sizes, { relu: false, pull: BACKWARD.pull });

function observationLoss(states) {
  let loss = 0;
  const g = states.map((z, i) => z.map((value, j) => (i ? value - BACKWARD.targets[i][j] : 0)));
  for (const each of g) for (const value of each) loss += (value * value) / 2;
  return { loss, g };
}

// The loss alone, for finite differences.
function backwardLoss(z0, { tol, W = BACKWARD.weights }) {
  const f = (t, y, dy) => backwardField.slopes(W, t, y, dy);
  return observationLoss(solve(f, z0, BACKWARD.observed, { rtol: tol }).states).loss;
}

// The loss and its gradients by the adjoint, with the stretches of the way back.
function backwardGradient(z0, { tol, ...options }) {
  const W = BACKWARD.weights,
    f = (t, y, dy) => backwardField.slopes(W, t, y, dy);
  const { states } = solve(f, z0, BACKWARD.observed, { rtol: tol }),
    { loss, g } = observationLoss(states);
  return { loss, g, states, ...adjoint(backwardField, W, BACKWARD.observed, states, g, { tol, ...options }) };
}

// dP/dz(0) by central differences, each from two solves of its own.
function backwardDifferences(z0, eps = 1e-5) {
  return z0.map((_, i) => {
    const moved = (by) =>
      backwardLoss(
        z0.map((value, j) => value + (i === j ? by : 0)),
        { tol: 1e-11 },
      );
    return (moved(eps) - moved(-eps)) / (2 * eps);
  });
}
