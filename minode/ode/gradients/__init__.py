"""The ways to the gradient: the adjoint, its checkpoints and its gauge, and backpropagation through the steps."""
