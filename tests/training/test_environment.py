"""What is put on record of a machine."""

import numpy as np

from minode.base.cores import usable_cores
from minode.training.saved.environment import changes, describe_environment


def test_the_environment_is_named_down_to_the_linear_algebra(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    here = describe_environment()
    assert here["numpy"] == np.__version__
    assert here["processors"] == usable_cores()
    assert here["OMP_NUM_THREADS"] == "1"
    assert here["blas"]


def test_nothing_changes_from_one_moment_to_the_next():
    assert changes(describe_environment()) == []


def test_each_change_is_named_with_both_values(monkeypatch):
    before = describe_environment() | {"numpy": "0.1", "MKL_NUM_THREADS": "7"}
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    assert changes(before) == [
        f"numpy was 0.1 and is {np.__version__}",
        "MKL_NUM_THREADS was 7 and is None",
    ]
