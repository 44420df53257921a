"""A claim and what came of it, in one shape: the rules make it, records keep it, tables and pictures show it."""

from typing import NamedTuple

from minode.experiments.common import tables
from minode.experiments.common.verdicts import overall, tally

HEADER = ("claim", "verdict", "numbers")


class Claim(NamedTuple):
    """A claim, and what came of it when numbers were held against it.

    Attributes
    ----------
    text : str
        The claim itself; on record it is called "claim".
    verdict : {"holds", "does not hold", "undecided"}
    numbers : str, optional
        What it was judged by.
    thesis : bool, optional
        Whether the thesis makes it. None, where an experiment judges all of its claims alike.
    panel : str, optional
        The panel of a figure that it belongs to.
    source : str, optional
        Who makes it, where it is not the thesis alone.
    differences : list of float, optional
        Of a comparison of two networks: the difference of their errors, one a seed.
    """

    text: str
    verdict: str
    numbers: str | None = None
    thesis: bool | None = None
    panel: str | None = None
    source: str | None = None
    differences: list | None = None

    @classmethod
    def from_record(cls, record):
        """Make the claim of which `as_record` made a record."""
        return cls(record["claim"], **{key: value for key, value in record.items() if key != "claim"})

    def as_record(self):
        """Tell the claim as a dict for the record; what is None is left out."""
        text, *_ = self
        others = {key: value for key, value in self._asdict().items() if key != "text" and value is not None}
        return {"claim": text, **others}

    def cells(self):
        """Tell the claim as a row under `HEADER`; a star marks what the thesis does not claim."""
        panel = f"({self.panel}) " if self.panel else ""
        # The text that Figure 2.3 has on record ends with a star of its own.
        star = "*" if self.thesis is False and not self.text.endswith("*") else ""
        return f"{panel}{self.text}{star}", self.verdict, self.numbers or ""


def as_records(claims):
    """Tell claims as dicts for the record."""
    return [claim.as_record() for claim in claims]


def from_records(records):
    """Make the claims of which `as_records` made records."""
    return [Claim.from_record(record) for record in records]


def verdicts_of(claims, thesis=True):
    """List the verdicts on what the thesis claims, or on what it does not claim."""
    return [claim.verdict for claim in claims if (claim.thesis is not False) == thesis]


def conclusion(claims, others="others"):
    """Conclude from claims of the thesis and of `others` what a record tells of them.

    Returns
    -------
    dict
        "claims"; "verdict", on what the thesis claims; "why", how many of both hold.
    """
    verdicts = verdicts_of(claims)
    return {
        "claims": as_records(claims),
        "verdict": overall(verdicts),
        "why": f"of the thesis' claims {tally(verdicts)}; of {others} {tally(verdicts_of(claims, thesis=False))}",
    }


def thesis_first(claims):
    """Sort claims: those of the thesis come first, and others keep their order behind them."""
    return sorted(claims, key=lambda claim: claim.thesis is False)


def rows(data):
    """Make the rows of a table of claims.

    Parameters
    ----------
    data : dict
        Of an experiment: "claims" and, of long runs on record, perhaps "recorded_claims", as `as_records` returns them.

    Returns
    -------
    list of tuples of str
        Those on record stand under a heading of their own.
    """
    fresh, recorded = (
        [claim.cells() for claim in from_records(data.get(key, ()))] for key in ("claims", "recorded_claims")
    )
    return [*fresh, *([("On record",), *recorded] if recorded else [])]


def as_text(data):
    """Lay out the claims of an experiment in lines of text."""
    return tables.as_text(HEADER, rows(data), n_texts=len(HEADER))
