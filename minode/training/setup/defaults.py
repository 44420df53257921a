"""The settings of a run that are not given: recipes, by name."""

from typing import Any

COMMON: dict[str, Any] = dict(batch_size=128, seed=0, subset=None, tol=1e-3, method="dopri5-np", padding=4, init=None)
# One cycle of the rate (Smith and Topin 2019): large steps early, then ever smaller ones.
ONE_CYCLE: dict[str, Any] = dict(
    padding=2,
    learning_rate=0.1,
    schedule="one-cycle",
    milestones=(),
    decay=0.0,
    momentum=0.9,
    weight_decay=5e-4,
    nesterov=True,
)
# Learning rates are for 128 images a batch; for other sizes they are scaled in proportion.
RECIPES: dict[str, dict[str, Any]] = {
    # The settings of torchdiffeq's MNIST example, for as many epochs as the thesis shows.
    "thesis": dict(
        epochs=150,
        learning_rate=0.1,
        schedule="step",
        milestones=(60, 100, 140),
        decay=0.1,
        warm_up=0.0,
        momentum=0.9,
        weight_decay=0.0,
        nesterov=False,
    ),
    # In few epochs the network sees each image in few places, so images are moved less.
    "fast": {**ONE_CYCLE, "epochs": 10, "warm_up": 0.25},
    # In many epochs a small network learns the images by heart, so each epoch shows them rotated, stretched and slanted
    # anew. The last epochs, without that, and the average of the weights take its noise out again.
    "long": {
        **ONE_CYCLE,
        "epochs": 100,
        "warm_up": 0.1,
        "rotation": 15.0,
        "scaling": 0.1,
        "shear": 0.15,
        "calm_epochs": 5,
        "average": 0.999,
    },
}


def in_words(name: str) -> str:
    """Describe a recipe in a sentence.

    Parameters
    ----------
    name : str
        A key of `RECIPES`.

    Returns
    -------
    str
        Such as "150 epochs; learning rate 0.1, ...".
    """
    recipe = {**COMMON, **RECIPES[name]}
    if recipe["schedule"] == "step":
        epochs = ", ".join(map(str, recipe["milestones"]))
        rate = f"learning rate {recipe['learning_rate']:g}, times {recipe['decay']:g} after epochs {epochs}"
    else:
        rise = f"{recipe['warm_up']:.0%} of the steps"
        rate = f"learning rate up to {recipe['learning_rate']:g} within the first {rise}, then down to 0"
    momentum = f"{'Nesterov ' * recipe['nesterov']}momentum {recipe['momentum']:g}"
    decay = f"weight decay {recipe['weight_decay']:g}"
    changes = f"random crops, padded by {recipe['padding']} pixels"
    if "rotation" in recipe:
        changes = (
            f"images rotated by up to {recipe['rotation']:g} degrees, stretched by {recipe['scaling']:.0%}, sheared by "
            f"{recipe['shear']:g} and shifted by {recipe['padding']} pixels, but for the last {recipe['calm_epochs']} "
            f"epochs; moving average of the weights, {recipe['average']:g}"
        )
    return f"{recipe['epochs']} epochs; {rate}; {momentum}, {decay}; {changes}"
