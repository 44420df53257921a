"""Headless Chromium on a site of notebooks: its Python runs what is asked, and sends back what came of it."""

import contextlib
import json
import queue
import subprocess
import tempfile
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

from tests import chromium
from tests.chromium import CHROMIUM

# Nothing is fetched in the background.
OPTIONS = [*chromium.OPTIONS, "--no-first-run", "--disable-background-networking", "--disable-sync"]
OPTIONS += ["--disable-component-update", "--disable-quic", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
# Of a whole notebook: far above what any takes, since machines are shared.
SECONDS = 1200
PROGRAM = """
import json
from pyodide.http import pyfetch
try:
    found = await {call}
except BaseException as error:
    found = "{{}}: {{}}".format(type(error).__name__, error)
await pyfetch("/", method="POST", body=json.dumps(found))
"""


class _Handler(SimpleHTTPRequestHandler):
    """A server of files that takes one answer."""

    answers: queue.Queue

    def do_POST(self) -> None:
        """Take the answer."""
        self.answers.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def served(folder: Path):
    """Serve a folder; yields its address, and a queue of what is sent there."""
    answers: queue.Queue = queue.Queue()
    handler = type("Handler", (_Handler,), {"answers": answers})
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", answers
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def run(site: Path, definitions: str, call: str):
    """Run Python in a site of notebooks: definitions, then a coroutine, whose result comes back by way of JSON.

    Raises
    ------
    queue.Empty
        If no answer came.
    """
    program = definitions + PROGRAM.format(call=call)
    with served(site) as (address, answers), tempfile.TemporaryDirectory() as profile:
        page = f"{address}/repl/index.html?kernel=python&execute=1&code={quote(program)}"
        options = [*OPTIONS, f"--user-data-dir={profile}", "--remote-debugging-port=0"]
        process = subprocess.Popen([CHROMIUM, *options, page], stderr=subprocess.DEVNULL)
        try:
            return answers.get(timeout=SECONDS)
        finally:
            process.terminate()
            process.wait()


def document(address: str, milliseconds: int = 10_000) -> str:
    """What Chromium makes of a page."""
    with tempfile.TemporaryDirectory() as profile:
        options = [*OPTIONS, f"--user-data-dir={profile}", f"--virtual-time-budget={milliseconds}", "--dump-dom"]
        process = subprocess.run([CHROMIUM, *options, address], capture_output=True, encoding="utf-8", timeout=SECONDS)
    return process.stdout
