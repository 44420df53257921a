"""Constants of a known equation, fitted with intervals: do the intervals hold what they say, and what do pelts tell?"""

from minode.experiments.common.entry import Entry

ENTRIES = {
    "constants": Entry(
        "Constants",
        __name__,
        {"quick": 12, "default": 110, "full": 1100},
        "constants of Lotka and Volterra's, SIR, a drug's and Robertson's equations lie in their 95 % intervals; "
        "pelts of hare and lynx tell theirs",
    ),
}
