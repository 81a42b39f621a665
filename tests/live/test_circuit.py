"""When a system that fails is left alone, and when it is tried again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiseparts_pipeline.live.circuit import Circuit, Open


class _No(Exception):
    """An answer of the system that is a no."""


class _Failure(Exception):
    pass


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def _circuit(clock: Clock) -> Circuit:
    return Circuit(failures=3, seconds=30, answered=(_No,), clock=clock)


def _call(circuit: Circuit, error: Exception | None) -> bool:
    """Whether the call was let through."""
    try:
        with circuit.call():
            if error:
                raise error
    except Open:
        return False
    except (_No, _Failure):
        pass
    return True


def _state(circuit: Circuit) -> str:
    return circuit.state


def _opened(clock: Clock) -> Circuit:
    circuit = _circuit(clock)
    for _ in range(3):
        _call(circuit, _Failure())
    return circuit


def test_failures_one_after_the_other_open_it() -> None:
    circuit = _circuit(Clock())
    for error in (_Failure(), _Failure(), None, _Failure(), _Failure()):
        assert _call(circuit, error)
    assert _state(circuit) == "closed"
    _call(circuit, _Failure())
    assert _state(circuit) == "open"


def test_a_no_is_an_answer() -> None:
    circuit = _circuit(Clock())
    for _ in range(10):
        _call(circuit, _No())
    assert _state(circuit) == "closed"


def test_an_open_one_says_for_how_long() -> None:
    clock = Clock()
    circuit = _opened(clock)
    clock.seconds = 12
    with pytest.raises(Open) as refused:
        circuit.refuse_if_open()
    assert refused.value.seconds == 18


def test_one_call_tries_whether_it_is_over() -> None:
    clock = Clock()
    circuit = _opened(clock)
    clock.seconds = 30
    with circuit.call():
        assert _state(circuit) == "trying"
        assert not _call(circuit, None)
    assert _state(circuit) == "closed"


def test_a_trial_that_fails_opens_it_for_as_long_again() -> None:
    clock = Clock()
    circuit = _opened(clock)
    clock.seconds = 30
    assert _call(circuit, _Failure())
    clock.seconds = 59
    assert not _call(circuit, None)
    clock.seconds = 60
    assert _call(circuit, None)


def test_a_call_from_before_it_opened_does_not_close_it() -> None:
    circuit = _circuit(Clock())
    with circuit.call():
        for _ in range(3):
            _call(circuit, _Failure())
    assert _state(circuit) == "open"


@given(st.lists(st.tuples(st.floats(0, 40), st.sampled_from(["answer", "no", "failure"]))))
def test_calls_are_refused_only_after_failures_and_never_for_longer_than_said(
    steps: list[tuple[float, str]],
) -> None:
    clock = Clock()
    circuit = _circuit(clock)
    failures, refused_until = 0, 0.0
    for seconds, outcome in steps:
        clock.seconds += seconds
        was_let_through = _call(circuit, {"answer": None, "no": _No(), "failure": _Failure()}[outcome])
        assert was_let_through == (clock.seconds >= refused_until)
        if was_let_through:
            failures = failures + 1 if outcome == "failure" else 0
            if failures >= 3:
                refused_until = clock.seconds + 30
