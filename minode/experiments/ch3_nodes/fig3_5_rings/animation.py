"""Figure 3.5 as an animation of training and flow, both models side by side."""

from matplotlib.figure import Figure

from minode.experiments.ch3_nodes.fig3_5_rings.draw import draw_plane, draw_space, limits, panels

# Of the depths that are there one in so many is a frame.
EVERY = 2


def frames(data):
    """Draw the maps while they are learned, a figure an epoch, then the plane on its way through both flows."""
    trained = data["curves"]
    maps = list(zip(trained["node"]["training"](), trained["augmented"]["training"]()))
    # One frame for all, so that nothing leaves it while the NODE is trained.
    limits_of = [limits(*models) for models in zip(*maps, (trained["node"], trained["augmented"]))]
    for epoch, found in enumerate(maps):
        yield _frame(trained, *found, -1, limits_of, f"$\\phi(x)$ after {epoch} epochs")
    for i in range(0, len(trained["node"]["depths"]), EVERY):
        depth = trained["node"]["depths"][i]
        yield _frame(trained, trained["node"], trained["augmented"], i, limits_of, f"trained, depth t = {depth:.2f}")


def _frame(trained, node, augmented, i, limits_of, title):
    figure = Figure(figsize=(6.0, 3.5))
    plane, space = panels(figure, None, "3d")
    draw_plane(plane, node, i, limits_of[0])
    draw_space(space, augmented, i, limits_of[1], trained["augmented"]["head"])
    plane.set_title("NODE")
    space.set_title("augmented NODE")
    figure.suptitle(title, fontsize=10)
    return figure
