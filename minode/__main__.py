"""``python -m minode`` is the command `minode`."""

import sys

from minode.cli.parser import main

if __name__ == "__main__":
    sys.exit(main())
