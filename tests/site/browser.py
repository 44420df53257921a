"""Headless Chromium on a site of notebooks: its Python runs what is asked, and sends back what came of it."""

import asyncio
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
from urllib.request import urlopen

from tornado.websocket import websocket_connect

from tests import chromium
from tests.chromium import CHROMIUM

# Nothing is fetched in the background.
OPTIONS = [*chromium.OPTIONS, "--no-first-run", "--disable-background-networking", "--disable-sync"]
OPTIONS += ["--disable-component-update", "--disable-quic", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
# Of a whole notebook: far above what any takes, since machines are shared.
SECONDS = 1200
# Between two questions to a page, and bytes of an answer: mathematics as pictures is long.
PAUSE, LARGEST = 0.1, 2**30
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
    with served(site) as (address, answers):
        with _started(f"{address}/repl/index.html?kernel=python&execute=1&code={quote(program)}"):
            return answers.get(timeout=SECONDS)


def document(address: str, until: str) -> str:
    """What Chromium makes of a page, once a condition holds there: JavaScript, true or a promise of it.

    Raises
    ------
    asyncio.TimeoutError
        If it never holds.
    """
    with _started(address) as profile:
        return asyncio.run(asyncio.wait_for(_document(profile / "DevToolsActivePort", until), SECONDS))


async def _document(told, until):
    """The same, of the Chromium whose debugger tells its port in a file."""
    while not (pages := _pages(told)):
        await asyncio.sleep(PAUSE)
    connection = await websocket_connect(pages[0], max_message_size=LARGEST)
    expression = f"(async () => (await {until}) ? document.documentElement.outerHTML : '')()"
    asked = {"expression": expression, "awaitPromise": True, "returnByValue": True}
    while True:
        await connection.write_message(json.dumps({"id": 0, "method": "Runtime.evaluate", "params": asked}))
        # A page that is being loaded answers with an error, which has no value.
        answer = json.loads(await connection.read_message()).get("result", {})
        if shown := answer.get("result", {}).get("value"):
            return shown
        await asyncio.sleep(PAUSE)


def _pages(told):
    """Where the debugger can be asked about the pages that are open; none while Chromium is starting."""
    if not (told.exists() and (lines := told.read_text(encoding="utf-8").splitlines())):
        return []
    with urlopen(f"http://127.0.0.1:{lines[0]}/json/list") as listed:
        return [each["webSocketDebuggerUrl"] for each in json.load(listed) if each["type"] == "page"]


@contextlib.contextmanager
def _started(page):
    """Chromium on a page, with a debugger that can be asked what there is; yields the folder of its profile."""
    # Its other processes may write there for a moment after it has ended.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        options = [*OPTIONS, f"--user-data-dir={profile}", "--remote-debugging-port=0"]
        process = subprocess.Popen([CHROMIUM, *options, page], stderr=subprocess.DEVNULL)
        try:
            yield Path(profile)
        finally:
            process.terminate()
            process.wait()
