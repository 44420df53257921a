"""Memory that stays with the process once it was used, for processes that are minode's own."""

# Settings of glibc, in bytes, by their numbers in malloc.h: the largest block that is not mapped on its own, what may
# lie free at the end of an arena, and by how much an arena grows.
M_MMAP_THRESHOLD, M_TRIM_THRESHOLD, M_TOP_PAD = -3, -1, -2
KEPT = {M_MMAP_THRESHOLD: 2**25, M_TRIM_THRESHOLD: 2**31 - 1, M_TOP_PAD: 2**26}


def keep_freed_memory():
    """Let this process keep the memory that it frees, until it ends; only glibc's, elsewhere nothing happens.

    The C library hands large freed blocks back to the system, and clearing the pages of new ones costs a tenth of a
    training step. The `minode` command calls this, whose process ends with it. Nothing else in minode does, since it
    cannot be undone: glibc has no way to ask for its settings, any call ends its own adjusting of them, and with the
    numbers it begins with, small arrays take twenty times as long as before. A program of one's own may call it that
    does nothing but train.
    """
    try:
        import ctypes

        library = ctypes.CDLL(None)
    except (ImportError, OSError, TypeError):
        return
    # Other libraries have a `mallopt`, too, with other meanings.
    if hasattr(library, "gnu_get_libc_version"):
        for parameter, value in KEPT.items():
            library.mallopt(parameter, value)
