"""``python -m minode`` is the command `minode`."""

import sys

from minode.cli import main

sys.exit(main())
