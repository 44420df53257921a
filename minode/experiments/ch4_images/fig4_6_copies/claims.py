"""What is claimed of the copies of letters in Figure 4.6, as rules that numbers can break."""

from minode.data.dataset import class_counts
from minode.data.photographs import ufpr
from minode.data.photographs.ufpr import LETTER
from minode.experiments.ch4_images.fig4_6_copies.copies import CLASSES
from minode.experiments.common.claims import Claim
from minode.experiments.common.verdicts import decided

# A class is too small with less than this part of the images that a digit has in the mean.
RARE = 0.5


def judge_copies(before, after, differences):
    """Judge what the copies are good for, by the thesis and beyond it.

    That letters come three times and not in the test images is what the code does, and what its tests hold.

    Parameters
    ----------
    before, after : dict
        Split -> Crops, without and with copies.
    differences : dict
        As `differences` returns it.

    Returns
    -------
    list of Claim
    """
    copied = [name for name in after if name != ufpr.SPLITS["test"]]
    n_before, n_after = (sum(int((part[name].y >= LETTER).sum()) for name in copied) for part in (before, after))
    counts = [class_counts(part["training"].y, len(CLASSES)) for part in (before, after)]
    digits, (few, many) = counts[0][:LETTER].mean(), (n[LETTER:] for n in counts)
    rare = [int((n < RARE * digits).sum()) for n in (few, many)]
    nearest = [differences[name] for name in ("grey copy", "sharp copy")]
    frame, other = differences["next frame"], differences["another vehicle"]
    return [
        Claim(
            "before, some classes of letters are too small",
            decided(rare[0] > 0),
            f"below {RARE:g} of the mean of digits: {rare[0]} of {len(few)}; {n_before:,} letters",
            True,
        ),
        Claim(
            "with copies, none is",
            decided(rare[1] == 0),
            f"below {RARE:g} of the mean of digits: {rare[1]} of {len(many)}; {n_after:,} letters",
            True,
        ),
        Claim(
            "classes of letters then are as large as those of digits",
            decided(many.mean() >= digits),
            f"training images a class: {many.mean():.0f} of letters, {digits:.0f} of digits",
            False,
        ),
        Claim(
            "both copies differ more than the next frame does",
            decided(frame is not None and min(nearest) > frame),
            ", ".join(f"{name} {'-' if rms is None else f'{rms:.0f}'}" for name, rms in differences.items()),
            False,
        ),
        Claim(
            "a copy is half as different as the letter on another vehicle",
            decided(other is not None and min(nearest) >= other / 2),
            "smaller of both copies {:.0f}, another vehicle {}".format(
                min(nearest), "-" if other is None else f"{other:.0f}"
            ),
            False,
        ),
    ]
