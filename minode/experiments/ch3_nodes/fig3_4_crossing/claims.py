"""The claims of Figure 3.4, as rules that numbers can break."""

from minode.experiments.common.verdicts import decided


def verdict(numbers):
    """Hold the figure's claim against the numbers of a seed.

    It holds if the NODE learns the identity (loss below 1e-3) but is within 1e-2 of the best order-preserving loss on
    g_1d without crossing, while the ResNet learns both (losses below 1e-3) by crossing.
    """
    holds = (
        numbers["node_identity_loss"] < 1e-3
        and abs(numbers["node_g1d_loss"] - numbers["best_order_preserving_loss"]) < 1e-2
        and not numbers["node_trajectories_cross"]
        and max(numbers["resnet_identity_loss"], numbers["resnet_g1d_loss"]) < 1e-3
        and numbers["resnet_trajectories_cross"]
    )
    return decided(holds)
