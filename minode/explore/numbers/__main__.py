"""Compute the page's numbers anew, in a checkout: ``python -m minode.explore.numbers``. Needs MNIST and two minutes."""

from importlib import import_module

from minode.base.blas import blas_in_one_thread
from minode.base.files import write_json
from minode.explore.page import FOLDER, SUBJECTS
from minode.training.saved.environment import versions


@blas_in_one_thread()
def main() -> None:
    """Write a file of numbers for each subject."""
    for subject in SUBJECTS:
        found = import_module(f"minode.explore.numbers.{subject}").compute()
        write_json(FOLDER / "numbers" / f"{subject}.json", found | {"versions": versions()})
        print(f"wrote {subject}.json", flush=True)


if __name__ == "__main__":
    main()
