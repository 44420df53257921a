"""What every experiment has to be able to do, tried at a small size."""

import json

from minode.experiments.common import plots


def assert_complete_and_repeatable(experiment, picture, **settings):
    """Compute twice: both records are equal, kept by JSON, judged alike from there, and drawn; returns the table."""
    produced, again = (experiment.compute(**settings) for _ in range(2))
    record, repeated = (
        json.loads(json.dumps({key: value for key, value in each.items() if key != "curves"}))
        for each in (produced, again)
    )
    assert record == repeated
    assert record == record | json.loads(json.dumps(experiment.conclude(record)))
    with plots.styled():
        plots.save(experiment.draw(produced), picture)
    return experiment.table(produced)
