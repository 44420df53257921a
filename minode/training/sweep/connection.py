"""The way to a cluster of Dask: a scheduler that answers, and workers whose results are those of this machine."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from minode.training.saved.environment import versions
from minode.training.sweep.worker import OtherVersions, differences

# Seconds to wait for a scheduler.
TIMEOUT = 30.0


@contextmanager
def connected(address: str, timeout: float = TIMEOUT) -> Iterator[Any]:
    """Connect to a scheduler whose workers have the versions that are here.

    Yields
    ------
    distributed.Client

    Raises
    ------
    ValueError
        If the package distributed is missing, or a worker has other versions; it is named.
    OSError
        If no scheduler answers; the message says how long was waited.
    """
    # Both are loaded when a cluster is wanted: a Python without processes, as in a browser, may lack asyncio as well.
    try:
        import asyncio

        from distributed import Client
        from distributed.comm import connect
    except ImportError as error:
        raise ValueError(f"a scheduler needs the package distributed ({error}): pip install distributed") from error

    async def knock():
        await (await connect(address, timeout=timeout)).close()

    start = time.monotonic()
    try:
        # A client that finds no scheduler would complain about that until the interpreter ends.
        asyncio.run(knock())
    # What is no scheduler may answer in any way: a web server's greeting is read as the length of a message.
    except Exception as error:
        waited = time.monotonic() - start
        raise OSError(
            f"no Dask scheduler answers at {address!r}: waited {waited:.1f} s ({error or type(error).__name__})"
        ) from error
    with Client(address, timeout=timeout, set_as_default=False) as client:
        _refuse_other_versions(client)
        yield client


def _refuse_other_versions(client):
    here = versions()
    wrong = []
    for address, there in client.run(versions, on_error="return").items():
        found = [f"no minode that answers: {there!r}"] if isinstance(there, Exception) else differences(here, there)
        wrong += [f"the worker {address} has {', '.join(found)}"] * bool(found)
    if wrong:
        raise OtherVersions(f"{'; '.join(wrong)}; results would not be those of this machine")


def n_threads_by_host(client: Any) -> dict[str, int]:
    """Count the threads of the workers of each host: so many runs it works on at a time."""
    from distributed.comm import get_address_host

    threads: Counter[str] = Counter()
    for address, n in client.nthreads().items():
        threads[get_address_host(address)] += n
    return dict(threads)
