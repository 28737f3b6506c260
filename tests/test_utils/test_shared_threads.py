"""Processes that compute side by side share the cores."""

import pytest
import torch

from mmrsicc.utils.processes import share_threads


@pytest.fixture
def usual():
    number = torch.get_num_threads()
    yield
    torch.set_num_threads(number)


@pytest.mark.parametrize(("cores", "processes", "expected"), [(4, 2, 2), (2, 2, 1), (2, 3, 1)])
def test_each_process_has_its_share(monkeypatch, usual, cores, processes, expected):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    torch.set_num_threads(cores)
    share_threads(processes)
    assert torch.get_num_threads() == expected


def test_a_number_that_the_user_set_counts(monkeypatch, usual):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    torch.set_num_threads(2)
    share_threads(2)
    assert torch.get_num_threads() == 2
