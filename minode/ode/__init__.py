"""The derivation: `odeint`, its backward solve, and what both need."""
