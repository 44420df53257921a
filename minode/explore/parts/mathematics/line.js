// The networks on the line: one field, read as the flow of an ODE or as residual blocks.
const LINE = NUMBERS.line;
const lineField = perceptron(LINE.sizes);
const ENDS = [-1, 1];

function lineSlopes(W) {
  return (t, y, dy) => lineField.slopes(W, t, y, dy);
}

// The lowest loss of a map that keeps -1 below 1. Where the targets change places it does best to take both to their
// middle.
function lowestLoss([low, high]) {
  const middle = (low + high) / 2;
  return low <= high ? 0 : huber([middle, middle], [low, high]).loss;
}

// Loss and gradient in W for targets of -1 and 1: by the adjoint, if the field is read as a flow, or through blocks.
function lineGradient(W, targets, { blocks = 0, tol = 1e-8 } = {}) {
  const f = lineSlopes(W);
  const states = blocks ? euler(f, ENDS, blocks) : solve(f, ENDS, [0, 1], { rtol: tol }).states;
  const { loss, gradient } = huber(states[states.length - 1], targets);
  const found = blocks
    ? throughBlocks(lineField, W, states, gradient)
    : adjoint(lineField, W, [0, 1], states, [null, Float64Array.from(gradient)], { tol });
  return { loss, gradient: found.aW, outputs: states[states.length - 1] };
}

// Training, update by update, towards two targets: from minode's initial weights, or from those of another seed.
const UPDATES = 400;
function lineTrainer() {
  const trainer = {
    ...{ targets: [1, -1], blocks: 0, tol: 1e-7 },
    // From initial weights.
    begin(seed = trainer.seed) {
      trainer.seed = seed;
      trainer.W = seed ? lineField.init(generator(seed)) : Float64Array.from(LINE.start);
      trainer.restart();
    },
    // The optimiser begins anew, with the weights that there are.
    restart() {
      trainer.update = adam(trainer.W.length, LINE.learning_rate);
      trainer.history = [];
      trainer.failure = "";
    },
    step() {
      try {
        const { loss, gradient } = lineGradient(trainer.W, trainer.targets, trainer);
        trainer.update(trainer.W, gradient);
        trainer.history.push(loss);
      } catch (error) {
        trainer.failure = error.message;
      }
    },
    get done() {
      return trainer.history.length >= UPDATES || trainer.failure !== "";
    },
  };
  trainer.begin(0);
  return trainer;
}

// Where neighbouring trajectories, in the order of their starts, meet or have changed places: [time index, pair].
function crossings(states) {
  const found = [];
  states.forEach((state, i) => {
    for (let j = 1; j < state.length; j++) if (state[j] <= state[j - 1]) found.push([i, j]);
  });
  return found;
}

// Where two polygons cross first, as [t, h]; null if they never do. `a` and `b` are their heights at equal steps.
function meeting(a, b) {
  for (let i = 1; i < a.length; i++) {
    const before = b[i - 1] - a[i - 1],
      after = b[i] - a[i];
    if (before * after <= 0) {
      const part = before === after ? 0 : before / (before - after);
      return [(i - 1 + part) / (a.length - 1), a[i - 1] + part * (a[i] - a[i - 1])];
    }
  }
  return null;
}
