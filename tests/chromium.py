"""Chromium without a window, on machines that have it."""

import os
import shutil

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ABSENT = "neither `chromium` nor `google-chrome` is on the path"
# Chromium refuses to run as root in its sandbox.
OPTIONS = ["--headless", "--disable-gpu"]
OPTIONS += ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
