"""NFE-F and NFE-B as the thesis read them: off the log of the reference script, torchdiffeq's `odenet_mnist.py`.

The script has one counter of the block's evaluations. It is read, and cleared, after the forward and after the backward
pass of an update. Accuracy is evaluated once an epoch; what that takes stays in the counter, and the next update's
forward pass is read with it. The log shows running averages. In long epochs they have forgotten it by the next line of
the log, in short ones they have not.
"""

# Of the script: the weight of the past in its running averages, images in a batch of training and of evaluation, which
# both leave out what does not fill a batch; epochs as in the thesis.
MOMENTUM, TRAINING_BATCH, EVALUATION_BATCH, EPOCHS = 0.99, 128, 1000, 150
# Images trained on, and others whose accuracy is logged beside theirs: of meters and plates, those of the folder
# "validation", which the script for them reads as test images (sections 4.1 to 4.3).
DATA_SETS = {"MNIST": (60_000, 10_000), "UFPR-ALPR": (12_600, 6_300), "UFPR-AMR": (4_000, 2_000)}


def logged(nfe_forward, nfe_backward, steps, passes):
    """NFE-F and NFE-B as the reference script logs them.

    Parameters
    ----------
    nfe_forward, nfe_backward : sequence of float
        Of each update.
    steps : int
        Updates in an epoch.
    passes : int
        Batches that accuracy is evaluated on at the first update of an epoch, each taken to cost what that update's
        forward pass does.

    Returns
    -------
    forward, backward : list of float
        Running averages at the first update of each epoch.
    """
    left, averages, log = 0, None, []
    for update, (forward, backward) in enumerate(zip(nfe_forward, nfe_backward)):
        read, left = (left + forward, backward), 0
        if averages is None:
            averages = read
        averages = tuple(MOMENTUM * average + (1 - MOMENTUM) * nfe for average, nfe in zip(averages, read))
        if update % steps == 0:
            log.append(averages)
            left = passes * forward
    return tuple(map(list, zip(*log)))


def evaluation_passes(n_train, n_logged):
    """Batches that accuracy is evaluated on once an epoch, of images trained on and of others."""
    return n_train // EVALUATION_BATCH + n_logged // EVALUATION_BATCH


def inflation_by_epoch(n_train, n_logged):
    """NFE-F as logged where every forward pass takes one evaluation, at the first update of each epoch."""
    steps, passes = n_train // TRAINING_BATCH, evaluation_passes(n_train, n_logged)
    ones = [1.0] * (EPOCHS * steps)
    forward, _ = logged(ones, ones, steps, passes)
    return forward
