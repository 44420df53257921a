"""Sliders: the first picture comes always, the slider where it can, and moving it draws anew."""

import sys

import pytest
from matplotlib import pyplot
from matplotlib.figure import Figure

from minode.experiments.common.interactive import sliders

display = pytest.importorskip("IPython.display")


class Shown(list):
    """What was displayed, and what took its place."""

    def show(self, thing, display_id=False):
        self.append(thing)
        return self

    def update(self, thing):
        self[0] = thing


@pytest.fixture
def shown(monkeypatch):
    things = Shown()
    monkeypatch.setattr(display, "display", things.show)
    return things


def titled(steps=8, tol=0.1):
    figure = pyplot.figure()
    figure.suptitle(f"{steps}, {tol}")
    return figure


def title(figure):
    assert isinstance(figure, Figure)
    return figure.get_suptitle()


def test_a_slider_replaces_the_picture(shown):
    pytest.importorskip("ipywidgets")
    sliders(titled, steps=[2, 8, 64], tol=[0.1, 0.001])
    picture, box = shown
    assert title(picture) == "8, 0.1"
    steps, tol = box.children
    assert (steps.description, steps.value, tol.value) == ("steps", 8, 0.1)
    steps.value = 64
    tol.value = 0.001
    assert title(shown[0]) == "64, 0.001"
    assert len(shown) == 2
    assert pyplot.get_fignums() == []


def test_without_ipywidgets_the_picture_stands_alone(shown, monkeypatch):
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    sliders(titled, steps=[2, 8])
    assert [title(picture) for picture in shown] == ["8, 0.1"]


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"layers": [1]}, r"'layers'; expected names among draw's arguments, \['steps', 'tol'\]"),
        ({"steps": [2]}, "steps=8"),
    ],
)
def test_choices_that_draw_does_not_know_are_refused(shown, choices, message):
    with pytest.raises(ValueError, match=message):
        sliders(titled, **choices)
    assert shown == []
