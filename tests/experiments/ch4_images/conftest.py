"""What is tested here does not depend on which of the protocol's runs are on record by now."""

import pytest

from minode.experiments.ch4_images import ufpr_study


@pytest.fixture(scope="package", autouse=True)
def no_runs_by_the_protocol():
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(ufpr_study.deciding_runs, "read", lambda sweep: {})
        yield
