"""How a claim is decided, as a record, and how a record is told."""

from textwrap import wrap
from typing import NamedTuple

from minode.experiments.common.power import effect_needed, pairs_needed, pairs_to_agree, spread_of
from minode.experiments.common.verdicts import of_seeds

WIDTH = 110
PAIRED = "pairs by seed, Student's t, 95 %; without a difference that matters: two one-sided tests, 5 %"
MEAN = "mean over seeds, Student's t, 95 %"
HEADER = ("claim", "quantity", "what matters", "seeds", "test", "power")


class Decision(NamedTuple):
    """How a claim is decided.

    Attributes
    ----------
    claim : str
    quantity : str
        It has a value for each seed.
    test : str
    seeds : tuple of int
    matters : float, optional
        The smallest difference that would matter, in points of an error unless `unit` is another. None, where the
        claim itself names the bounds.
    unit : str
    pilot : tuple of float
        The quantity of the pilot's seeds, in the same unit; empty if there is none.
    """

    claim: str
    quantity: str
    test: str
    seeds: tuple
    matters: float | None = None
    unit: str = "points"
    pilot: tuple = ()

    def power(self):
        """Tell what the pilot's spread says of the number of seeds."""
        if not self.pilot:
            return "no pilot has this quantity"
        n, spread = len(self.seeds), spread_of(of_seeds(self.pilot))
        values = f"pilot {', '.join(f'{value:g}' for value in self.pilot)}: by its spread {spread:.2g}, {n} seeds find"
        found = f"{values} {effect_needed(spread, n):.2g}"
        if self.matters is None:
            return found
        find, agree = pairs_needed(spread, self.matters), pairs_to_agree(spread, self.matters)
        return f"{found}, {find} find {self.matters:g}, and {agree} its absence"

    def cells(self):
        """Tell the decision as a row under `HEADER`."""
        matters = "" if self.matters is None else f"{self.matters:g} {self.unit}".strip()
        seeds = " to ".join(map(str, dict.fromkeys((self.seeds[0], self.seeds[-1]))))
        return self.claim, self.quantity, matters, seeds, self.test, self.power()

    def lines(self):
        """Write the decision as lines of text."""
        lines = [self.claim]
        for name, cell in zip(HEADER[1:], self.cells()[1:]):
            if cell:
                lines += wrap(f"{name}: {cell}", WIDTH, initial_indent="  ", subsequent_indent="    ")
        return lines
