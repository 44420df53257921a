"""The picture of the house in minode/README.md is that of its imports."""

from tests.project import house


def test_the_picture_is_not_stale():
    _, rest = house.README.read_text(encoding="utf-8").split(house.START)
    assert rest.split(house.END)[0] == house.draw(), "run `python -m tests.project.house`"


def test_every_folder_that_is_no_experiment_is_in_the_picture():
    folders = {name for name in house.folders() if name and name.count("/") < 2}
    drawn = [line.split()[1] for line in house.draw().splitlines()[1:-1]]
    assert sorted(drawn) == sorted(f"{name}/" for name in folders)
    assert {"base/", "ode/", "nn/", "experiments/ch3_nodes/"} <= set(drawn)
