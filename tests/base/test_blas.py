"""BLAS is held at one thread inside a block, and has what it had before after it."""

import os
import sys
import threading

import numpy as np
import pytest

from minode import solve
from minode.base import blas, threads
from minode.base.blas import blas_in_one_thread
from minode.nn.layers import ReLU, serial


class Library:
    """A library of linear algebra, as threadpoolctl would find it."""

    def __init__(self, num_threads):
        self.num_threads = num_threads

    def set_num_threads(self, n_threads):
        self.num_threads = n_threads


@pytest.fixture
def library(monkeypatch):
    """One of four threads, in place of those that are there."""
    one = Library(4)
    monkeypatch.setattr(blas, "libraries", lambda: [one])
    return one


def test_it_is_held_inside_and_free_outside(library):
    with blas_in_one_thread():
        with blas_in_one_thread():
            assert library.num_threads == 1
        assert library.num_threads == 1
    assert library.num_threads == 4


def test_an_exception_sets_it_free(library):
    with pytest.raises(ZeroDivisionError), blas_in_one_thread():
        raise ZeroDivisionError
    assert library.num_threads == 4


def test_what_the_user_sets_inside_is_kept(library):
    with blas_in_one_thread():
        library.set_num_threads(3)
    assert library.num_threads == 3


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)], ids=str)
def test_threads_leave_in_any_order(library, order):
    """The last one out sets it free, not the first one in."""
    may_leave, entered = [threading.Event() for _ in order], threading.Semaphore(0)

    def hold(i):
        with blas_in_one_thread():
            entered.release()
            may_leave[i].wait()

    users = [threading.Thread(target=hold, args=(i,)) for i in range(len(order))]
    for user in users:
        user.start()
        entered.acquire()
    for i in order:
        assert library.num_threads == 1
        may_leave[i].set()
        users[i].join()
    assert library.num_threads == 4


def test_many_threads_at_once_leave_it_as_it_was(library):
    def enter_and_leave():
        for _ in range(200):
            with blas_in_one_thread():
                assert library.num_threads == 1

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    users = [threading.Thread(target=enter_and_leave) for _ in range(6)]
    for user in users:
        user.start()
    for user in users:
        user.join()
    sys.setswitchinterval(interval)
    assert library.num_threads == 4


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_process_forked_while_another_thread_holds_it_is_free(library):
    entered, leave = threading.Event(), threading.Event()

    def hold():
        with blas_in_one_thread():
            entered.set()
            leave.wait()

    holder = threading.Thread(target=hold)
    holder.start()
    entered.wait()
    child = os.fork()
    if not child:
        free = library.num_threads == 4
        with blas_in_one_thread():
            held = library.num_threads == 1
        os._exit(0 if free and held and library.num_threads == 4 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    leave.set()
    holder.join()
    assert library.num_threads == 4


def test_libraries_are_looked_for_again_once_something_was_imported(monkeypatch):
    known = blas.libraries()
    assert blas.libraries() is known
    monkeypatch.setitem(sys.modules, "a_module_with_a_library", sys)
    assert blas.libraries() is not known


def test_parts_and_layers_find_it_held_and_leave_it_free(library):
    seen = []
    threads.map_parts(lambda part: seen.append(library.num_threads), [1, 2, 3])
    serial(ReLU(), shard=1).apply([()], np.ones((2, 3)))
    assert seen == [1, 1, 1]
    assert library.num_threads == 4


def test_a_single_part_leaves_it_alone(library):
    assert threads.map_parts(lambda part: library.num_threads, [1]) == [4]


def test_a_failing_part_is_told_after_all_others_have_stopped(library):
    running = threading.Event()

    def work(part):
        if part == 0:
            running.wait(5)
            raise ZeroDivisionError
        running.set()
        assert library.num_threads == 1

    with pytest.raises(ZeroDivisionError):
        threads.map_parts(work, list(range(8)))
    assert library.num_threads == 4


@pytest.mark.parametrize(("size", "inside"), [(60_000, 1), (100, 4)])
def test_it_is_held_during_a_large_solve_alone(library, size, inside):
    seen = set()

    def rhs(t, y):
        seen.add(library.num_threads)
        return -y

    solve(rhs, np.ones(size), [0, 0.1], method="dopri5-np")
    assert seen == {inside}
    assert library.num_threads == 4
