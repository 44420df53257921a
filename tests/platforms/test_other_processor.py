"""The variables that make NumPy and OpenBLAS compute as on an older processor do so."""

import inspect
import os
import platform
import subprocess
import sys

import numpy as np
import pytest

from tests import other_processor

FOUND = {
    "newest names": (["X86_V3", "X86_V4", "AVX512_ICL"], "X86_V4,AVX512_ICL"),
    "older names": (["SSE42", "AVX2", "AVX512F", "AVX512_SKX"], "AVX512F,AVX512_SKX"),
    "no AVX-512": (["SSE42", "AVX2"], "SSE42,AVX2"),
    "nothing optional": ([], None),
}


def pretend(monkeypatch, found, architecture, machine="x86_64"):
    monkeypatch.setattr(np, "show_config", lambda mode: {"SIMD Extensions": {"found": found}})
    pools = [{"internal_api": "openmp"}, {"internal_api": "openblas", "architecture": architecture}]
    monkeypatch.setattr(other_processor, "threadpool_info", lambda: pools)
    monkeypatch.setattr(platform, "machine", lambda: machine)


@pytest.mark.parametrize(("found", "disabled"), FOUND.values(), ids=list(FOUND))
def test_the_widest_vectors_are_taken_away(monkeypatch, found, disabled):
    pretend(monkeypatch, found, "Haswell")
    assert other_processor.variables().get("NPY_DISABLE_CPU_FEATURES") == disabled


@pytest.mark.parametrize(
    ("architecture", "machine", "older"),
    [
        ("SkylakeX", "x86_64", "Haswell"),
        ("Zen", "AMD64", "Sandybridge"),
        ("Nehalem", "x86_64", "Prescott"),
        ("armv8", "aarch64", None),
    ],
)
def test_openblas_goes_back_a_generation(monkeypatch, architecture, machine, older):
    pretend(monkeypatch, [], architecture, machine)
    assert other_processor.variables().get("OPENBLAS_CORETYPE") == older


@pytest.mark.skipif("mode" not in inspect.signature(np.show_config).parameters, reason="NumPy tells since 1.26")
def test_what_is_taken_away_is_no_longer_found():
    first = other_processor.variables()
    process = subprocess.run(
        [sys.executable, "-m", "tests.other_processor"],
        env={**os.environ, **first},
        capture_output=True,
        text=True,
        check=True,
    )
    second = dict(word.split("=") for word in process.stdout.split())
    name = "NPY_DISABLE_CPU_FEATURES"
    assert not {*first.get(name, "").split(",")} & {*second.get(name, "nothing").split(",")}
