"""The claims of Figures 2.1 and 2.5, as rules that numbers can break."""

from minode.experiments.ch2_resnets.comparisons import less


def judge_depth(networks, held_out):
    """Judge what the figures claim: depth harms plain networks and helps residual ones, so that shortcuts pay."""
    comparisons = []
    for shallow, deep in zip(networks[::2], networks[1::2]):
        comparisons.append((shallow, deep) if shallow["kind"] == "plain" else (deep, shallow))
    if len(networks) == 4:
        _, plain, _, residual = networks
        comparisons.append((residual, plain))
    return [
        less(f"{name_of(lower)}: less {name} error than {name_of(higher)}", lower[key], higher[key])
        for lower, higher in comparisons
        for key, name in (("training error", "training"), ("held out error", held_out))
    ]


def name_of(entry):
    return f"{entry['kind']} {entry['depth']}"
