"""The cores that a process may use, as far as the system tells."""

import os

import pytest

from minode.base import cores as module
from minode.base.cores import usable_cores


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """Eight cores, six of them for this process, whose control groups are what the test writes."""
    monkeypatch.delattr(os, "process_cpu_count", raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(6)), raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    monkeypatch.setattr(module, "OWN_GROUPS", tmp_path / "cgroup")
    monkeypatch.setattr(module, "GROUPS", tmp_path / "groups")

    def write(own, **files):
        (tmp_path / "cgroup").write_text(own)
        for name, text in files.items():
            path = tmp_path / "groups" / name.replace("__", "/").replace("_dot_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    return write


def test_those_it_is_bound_to(machine):
    assert usable_cores() == 6


def test_newer_pythons_tell_themselves(machine, monkeypatch):
    monkeypatch.setattr(os, "process_cpu_count", lambda: 5, raising=False)
    assert usable_cores() == 5


def test_all_where_nothing_else_is_known(machine, monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity")
    assert usable_cores() == 8


def test_one_where_nothing_is_known(machine, monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert usable_cores() == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("200000 100000\n", 2),
        ("150000 100000\n", 2),
        ("10000 100000\n", 1),
        ("max 100000\n", 6),
        ("900000 100000\n", 6),
    ],
)
def test_no_more_than_a_container_is_granted(machine, text, expected):
    machine("0::/\n", cpu_dot_max=text)
    assert usable_cores() == expected


def test_the_narrowest_of_the_groups_around_it_counts(machine):
    machine("0::/jobs/mine\n", jobs__cpu_dot_max="300000 100000\n", jobs__mine__cpu_dot_max="500000 100000\n")
    assert usable_cores() == 3


@pytest.mark.parametrize(("quota", "expected"), [("400000\n", 4), ("-1\n", 6)])
def test_groups_of_the_first_version(machine, quota, expected):
    machine(
        "9:memory:/\n4:cpu,cpuacct:/job\n",
        cpu__job__cpu_dot_cfs_quota_us=quota,
        cpu__job__cpu_dot_cfs_period_us="100000\n",
    )
    assert usable_cores() == expected


@pytest.mark.parametrize("text", ["", "max\n", "much time\n", "5 0\n"])
def test_what_cannot_be_read_limits_nothing(machine, text):
    machine("0::/\n", cpu_dot_max=text)
    assert usable_cores() == 6


@pytest.mark.parametrize(("text", "cores"), [("2", 2), (" 40 ", 6), ("", 6)])
def test_whoever_starts_processes_gives_each_its_share(machine, monkeypatch, text, cores):
    monkeypatch.setenv(module.LIMIT, text)
    assert usable_cores() == cores


@pytest.mark.parametrize("text", ["0", "-1", "two", "1.5"])
def test_a_share_that_is_no_number_is_refused(machine, monkeypatch, text):
    monkeypatch.setenv(module.LIMIT, text)
    with pytest.raises(ValueError, match=f"MINODE_CORES is '{text}'; expected a number of cores"):
        usable_cores()
