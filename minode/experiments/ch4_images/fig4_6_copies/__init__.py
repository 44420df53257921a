"""Figure 4.6: a grey and a sharpened copy triple the letters of training and validation."""

from minode.experiments.common.entry import Entry

ENTRIES = {
    "fig4.6": Entry(
        "Figure 4.6",
        __name__,
        {"quick": 3, "default": 25, "full": 60},
        "a grey and a sharpened copy triple the letters of training and validation",
        trains=True,
    ),
}
