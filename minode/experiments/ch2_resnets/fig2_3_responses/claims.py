"""The claims of Figure 2.3, as rules that numbers can break."""

from minode.experiments.ch2_resnets.comparisons import less
from minode.experiments.common.protocol.small import RESPONSE


def judge_responses(networks, decides=True):
    """Judge what the figure claims of mean responses, and what is concluded of the change of a block's input.

    Parameters
    ----------
    networks : list of dict
    decides : bool
        Whether they are of the protocol's size, or pilots.

    Returns
    -------
    list of Claim
    """
    plain_shallow, plain_deep, shallow, deep = networks
    pairs = [
        (f"{plain['depth']} layers: residual ones respond less than plain ones", "mean response", residual, plain)
        for plain, residual in ((plain_shallow, shallow), (plain_deep, deep))
    ]
    lengths = f"{deep['depth']} layers than with {shallow['depth']}"
    pairs.append((f"residual: layers respond less with {lengths}", "mean response", deep, shallow))
    pairs.append((f"residual: blocks change their input less with {lengths}*", "mean change", deep, shallow))
    return [
        less(text, lower[key], higher[key], RESPONSE if decides else None)._replace(thesis=key == "mean response")
        for text, key, lower, higher in pairs
    ]
