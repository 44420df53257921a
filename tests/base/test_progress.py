"""Progress bars as guests of a process."""

import io
import os

import pytest
from tqdm import tqdm

from minode.base.progress import Bar

KILLED = """
import os, signal, threading
from minode.base.progress import Bar, bar

if not os.fork():
    Bar.get_lock().acquire()
    os.kill(os.getpid(), signal.SIGKILL)
os.wait()
print(sum(bar(range(4))))

held, over = threading.Event(), threading.Event()
def hold():
    with Bar.get_lock():
        held.set()
        over.wait()
thread = threading.Thread(target=hold)
thread.start()
held.wait()
if not (child := os.fork()):
    os._exit(sum(bar(range(4))))
over.set()
thread.join()
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_no_other_process_and_no_fork_holds_the_lock(run_script):
    assert run_script(KILLED).split() == ["6", "6"]


def test_the_users_own_bars_keep_their_lock():
    before = tqdm.get_lock()
    Bar(total=1, disable=False, file=io.StringIO()).close()
    assert tqdm.get_lock() is before is not Bar.get_lock()
