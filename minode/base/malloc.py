"""Keeping freed memory in the process instead of giving it back to the system; for the `minode` command only."""

# Settings of glibc in bytes, under their numbers in malloc.h. They are: the largest block that is not mapped on its
# own, how much may lie free at the end of an arena, and by how much an arena grows.
M_MMAP_THRESHOLD, M_TRIM_THRESHOLD, M_TOP_PAD = -3, -1, -2
KEPT = {M_MMAP_THRESHOLD: 2**25, M_TRIM_THRESHOLD: 2**31 - 1, M_TOP_PAD: 2**26}


def keep_freed_memory() -> None:
    """Let this process keep the memory that it frees until it ends. This works with glibc; elsewhere nothing happens.

    The C library gives large freed blocks back to the system. The system must then clear the pages of every new block,
    which costs a tenth of a training step. Only the `minode` command calls this function, because its process ends
    with the command. It cannot be undone: glibc does not tell its present settings, and any call stops it from
    adjusting them. If they were set back to their first values, small arrays would take twenty times as long. You may
    call it in a program that does nothing but train.
    """
    try:
        import ctypes

        library = ctypes.CDLL(None)
    except (ImportError, OSError, TypeError):
        return
    # Other C libraries have a `mallopt` too, whose numbers mean other things.
    if hasattr(library, "gnu_get_libc_version"):
        for parameter, value in KEPT.items():
            library.mallopt(parameter, value)
