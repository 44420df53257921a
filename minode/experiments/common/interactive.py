"""Pictures in a notebook that depend on a number, with a slider for it.

A notebook is read on the web as well, where nothing runs, and executed where ipywidgets is not installed. So the first
picture is an output like any other, and what a slider does is to replace it.
"""

import inspect

from matplotlib import pyplot


def sliders(draw, **choices):
    """Show ``draw()`` and, where ipywidgets is installed, a slider below it for each of the choices.

    Parameters
    ----------
    draw : callable
        Returns a figure, for any of the choices. The defaults of its arguments make the first picture.
    **choices : sequence
        The values that the slider of this argument runs through, the default among them.

    Raises
    ------
    ValueError
        If `draw` has no argument of that name, or its default is not among the choices.
    """
    arguments = inspect.signature(draw).parameters
    for name, values in choices.items():
        if name not in arguments:
            raise ValueError(f"choices has {name!r}; expected names among draw's arguments, {list(arguments)}")
        if arguments[name].default not in values:
            default = arguments[name].default
            raise ValueError(f"{name}={default!r} is draw's default; expected one of the choices {list(values)}")
    # IPython's, and with it ipywidgets', is an optional dependency.
    from IPython.display import display

    shown = display(_closed(draw()), display_id=True)
    try:
        import ipywidgets
    except ImportError:
        return
    handles = {
        name: ipywidgets.SelectionSlider(
            options=[(_label(value), value) for value in values],
            value=arguments[name].default,
            description=name.replace("_", " "),
            # A picture takes longer to draw than a mouse to move.
            continuous_update=False,
            style={"description_width": "initial"},
        )
        for name, values in choices.items()
    }

    def redraw(change):
        shown.update(_closed(draw(**{name: handle.value for name, handle in handles.items()})))

    for handle in handles.values():
        handle.observe(redraw, "value")
    display(ipywidgets.VBox(list(handles.values())))


def _closed(figure):
    """The figure, which pyplot no longer knows and so does not show a second time."""
    pyplot.close(figure)
    return figure


def _label(value):
    return value if isinstance(value, str) else f"{value:g}"
