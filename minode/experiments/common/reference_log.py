"""NFE-F and NFE-B as the thesis read them: off the log of the reference script, torchdiffeq's `odenet_mnist.py`.

The script has one counter for the evaluations of the block. After the forward pass of an update, and again after the
backward pass, it reads the counter and sets it to zero. Once an epoch it also evaluates the accuracy. The evaluations
that this takes stay in the counter, so that they are read with the next forward pass. The log shows running averages.
In a long epoch the averages forget this excess before the next line of the log; in a short epoch they do not.
"""

# The script's numbers: the weight of the past in its running averages, and how many images are in a batch of training
# and of evaluation. Images that do not fill a batch are left out. The thesis does not tell its epochs, and the script
# makes 160; long before that the averages do not change any more.
MOMENTUM, TRAINING_BATCH, EVALUATION_BATCH, EPOCHS = 0.99, 128, 1000, 150
# How many images are trained on, and how many others have their accuracy logged, too. Of meters and plates, the others
# are those of the folder "validation", which the script for them reads as test images (sections 4.1 to 4.3).
DATA_SETS = {"MNIST": (60_000, 10_000), "UFPR-ALPR": (12_600, 6_300), "UFPR-AMR": (4_000, 2_000)}


def logged(nfe_forward, nfe_backward, steps, passes):
    """Turn NFE-F and NFE-B into what the reference script logs.

    Parameters
    ----------
    nfe_forward, nfe_backward : sequence of float
        Evaluations of each update.
    steps : int
        How many updates an epoch has.
    passes : int
        How many batches accuracy is evaluated on at the first update of an epoch. Each is taken to cost as much as the
        forward pass of that update.

    Returns
    -------
    forward, backward : list of float
        The running averages at the first update of each epoch.
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
    """Count the batches that accuracy is evaluated on once an epoch, of the images trained on and of the others."""
    return n_train // EVALUATION_BATCH + n_logged // EVALUATION_BATCH


def inflation_by_epoch(n_train, n_logged):
    """Tell the NFE-F that the log shows in each epoch if every forward pass takes one evaluation."""
    steps, passes = n_train // TRAINING_BATCH, evaluation_passes(n_train, n_logged)
    ones = [1.0] * (EPOCHS * steps)
    forward, _ = logged(ones, ones, steps, passes)
    return forward
