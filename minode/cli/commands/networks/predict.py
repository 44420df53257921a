"""Tell the class of image files, and the runner-up, by a run's best weights.

Images are resized to 28x28 pixels, not cropped: each should show one character that fills it. Of a folder all images
are taken, with those of its subfolders. Where a run was trained on photographs of meters or plates, a photograph with
its annotation beside it, NAME.txt, is read character by character, and a picture of what was read is written.
"""

import argparse
import sys
from collections import Counter
from pathlib import Path

from minode.base.files import writable_folder
from minode.training import prediction
from minode.training.evaluation import load_best
from minode.training.setup import batches

OUT = "predictions"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the run, the images, and options for reading them."""
    parser.add_argument("run_folder", metavar="RUN", help="folder of the run")
    parser.add_argument("images", nargs="+", metavar="IMAGE", help="file, or folder of files; or annotated photograph")
    parser.add_argument(
        "--out", metavar="DIR", default=OUT, help=f"for pictures of annotated photographs (default {OUT})"
    )
    parser.add_argument("--invert", action="store_true", help="exchange black and white, for ink on paper")


def run(options: argparse.Namespace) -> None:
    """Print a line for each image; a file of a folder that cannot be read is named and left out."""
    best = load_best(options.run_folder)
    images, others = prediction.image_files(options.images)
    of_photographs = batches.kind_of(best.config.data) is not None
    photographs = {path for path in images if of_photographs and path.with_suffix(".txt").is_file()}
    for folder, n in others.items():
        n -= sum(folder in path.parents for path in photographs)
        if n:
            print(f"minode: {folder}: passed over {n} that are no images", file=sys.stderr)

    def unreadable(path, error):
        if path in map(Path, options.images):
            raise error
        print(f"minode: left out: {error}", file=sys.stderr)

    read = _classify(best, [path for path in images if path not in photographs], options.invert, unreadable)
    read += _read(best, photographs, options.out, unreadable)
    if not read:
        raise ValueError(f"none of the {len(images)} images could be read")


def _classify(best, paths, invert, unreadable):
    predictions = prediction.predict(best, paths, invert, unreadable)
    for found in predictions:
        (first, second), (p, q) = found.class_names, found.probabilities
        caution = f"  ({found.caution})" if found.caution else ""
        print(f"{found.path}  {first} ({100 * p:.1f} %)  then {second} ({100 * q:.1f} %){caution}")
    return len(predictions)


def _read(best, paths, out, unreadable):
    if not paths:
        return 0
    # Imported here because it imports matplotlib for its fonts.
    from minode.training import photographs

    targets = {path: Path(out) / f"{path.stem}-read.png" for path in sorted(paths)}
    target, n = Counter(targets.values()).most_common(1)[0]
    if n > 1:
        raise ValueError(f"{n} photographs would be drawn as {str(target)!r}; predict them apart, with another --out")
    writable_folder(out)
    n_read = 0
    for path, target in targets.items():
        try:
            found = photographs.read_photograph(best, path)
        except (ValueError, OSError) as error:
            unreadable(path, error)
            continue
        n_read += 1
        photographs.save(found.picture, target)
        wrong = sum(a != b for a, b in zip(found.text, found.annotated))
        verdict = "right" if not wrong else f"{wrong} wrong, it is annotated {found.annotated}"
        print(f"{path}  {found.text}  {verdict}; least sure {100 * found.probabilities.min():.1f} %; wrote {target}")
    return n_read
