"""What becomes of runs of jobs: alone, overlapping, delivered twice, failing, crashed, after an outage."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components._job_machine import NEVER, Overlap
from tests.support.jobs import DAY, MINUTE, STOP, TABLE, completed, ledger, started, window, world
from tests.support.states import REGION, StatesError


@pytest.mark.feature("J4")
def test_a_run_gets_the_time_since_the_last_one_that_succeeded() -> None:
    with world() as at:
        completed(at, 0)
        assert window(at) == (NEVER, at.time(0))
        at.advance(MINUTE)
        last = completed(at, MINUTE)
        assert window(at) == (at.time(0), at.time(MINUTE))
        found = ledger(at)
        assert at.tasks[-1].variables["JOB_RUN_ID"] == "run-1"
        assert (found["completed_until"], found["completed_by"]) == (at.time(MINUTE), last.arn)
        assert "lock_owner" not in found
        assert len(last.visited) == 7


@pytest.mark.feature("J3")
def test_of_two_overlapping_runs_one_runs() -> None:
    with world() as at:
        first, second = at.start(0), at.start(0)
        at.settle()
        assert [task.run for task in at.tasks] == ["run-0"]
        assert (first.status, second.ended_in) == ("RUNNING", "Skipped")
        at.advance(MINUTE)
        assert started(at, MINUTE).ended_in == "Skipped"
        at.tasks[0].end()
        at.settle()
        assert first.ended_in == "Completed"


@pytest.mark.feature("J3")
def test_a_run_that_waits_runs_after_the_other() -> None:
    with world(Overlap.WAIT) as at:
        started(at, 0)
        at.advance(MINUTE)
        second = started(at, MINUTE)
        at.advance(5 * MINUTE)
        assert (len(at.tasks), second.status) == (1, "RUNNING")
        at.tasks[0].end()
        at.advance(MINUTE)
        assert window(at) == (at.time(0), at.time(MINUTE))
        at.tasks[1].end()
        at.settle()
        assert second.ended_in == "Completed"


@pytest.mark.feature("J3")
def test_of_runs_that_wait_the_latest_covers_the_others() -> None:
    with world(Overlap.WAIT) as at:
        started(at, 0)
        at.now = 3 * MINUTE
        waiting = [started(at, minute * MINUTE) for minute in (3, 1, 2)]
        at.tasks[0].end()
        at.advance(MINUTE)
        at.tasks[1].end()
        at.advance(MINUTE)
        assert window(at) == (at.time(0), at.time(3 * MINUTE))
        assert [execution.ended_in for execution in waiting] == ["Completed", "AlreadyDone", "AlreadyDone"]


@pytest.mark.feature("J3")
def test_a_start_that_is_delivered_again_runs_nothing() -> None:
    with world() as at:
        completed(at, 0)
        assert started(at, 0).ended_in == "AlreadyDone"
        assert started(at, -MINUTE).ended_in == "AlreadyDone"
        assert len(at.tasks) == 1


@pytest.mark.feature("J4")
@pytest.mark.parametrize("error", ["States.TaskFailed", "ECS.ServerException"])
def test_a_run_that_fails_lets_go_and_is_made_up_for(error: str) -> None:
    with world() as at:
        completed(at, 0)
        at.advance(MINUTE)
        failing = started(at, MINUTE)
        at.tasks[-1].end(StatesError(error, "exit code 1"))
        at.settle()
        assert (failing.ended_in, failing.error, failing.cause) == ("Failed", "RunFailed", f"{error}: exit code 1")
        assert "lock_owner" not in ledger(at)
        at.advance(MINUTE)
        completed(at, 2 * MINUTE)
        assert window(at) == (at.time(0), at.time(2 * MINUTE))


@pytest.mark.feature("J3")
def test_a_run_that_takes_too_long_fails_and_keeps_the_lock_until_its_task_is_gone() -> None:
    with world() as at:
        slow = started(at, 0)
        at.advance(600 + STOP - 10)
        assert slow.visited[-1] == "Stopping"
        assert ledger(at)["lock_owner"] == slow.arn
        at.advance(20)
        assert (slow.ended_in, slow.cause) == ("Failed", "States.Timeout: ")
        assert "lock_owner" not in ledger(at)


@pytest.mark.feature("J3")
def test_a_lock_whose_owner_is_dead_is_broken_once_its_task_is_gone() -> None:
    with world() as at:
        at.abort(started(at, 0))
        at.advance(MINUTE)
        following = started(at, MINUTE)
        at.advance(STOP - 10)
        assert len(at.tasks) == 1
        at.advance(20)
        assert window(at) == (NEVER, at.time(MINUTE))
        at.tasks[-1].end()
        at.settle()
        assert following.ended_in == "Completed"


@pytest.mark.feature("J3")
def test_an_owner_that_step_functions_has_forgotten_is_dead() -> None:
    with world() as at:
        crashed = started(at, 0)
        at.abort(crashed)
        del at.executions[crashed.arn]
        at.start(MINUTE)
        at.now = MINUTE
        at.advance(3 * 20 + STOP + 10)
        assert len(at.tasks) == 2


@pytest.mark.feature("J3")
def test_a_task_that_outlives_its_run_keeps_others_out() -> None:
    with world() as at:
        at.abort(started(at, 0), stop_task=False)
        at.now = MINUTE
        following = started(at, MINUTE)
        at.advance(STOP + 10)
        assert following.ended_in == "Failed"
        assert following.cause.startswith("TaskWithoutLock: ")
        assert len(at.tasks) == 1
        assert "lock_owner" not in ledger(at)


@pytest.mark.feature("J3")
def test_a_lock_of_another_region_is_left_alone() -> None:
    with world() as at:
        there = at.start(0, region="eu-west-1")
        at.settle()
        here = started(at, 0)
        assert (here.status, here.ended_in) == ("FAILED", "LockedElsewhere")
        assert ledger(at)["lock_owner"] == there.arn


@pytest.mark.feature("J3")
def test_a_time_in_the_future_does_not_silence_the_job() -> None:
    with world() as at:
        wrong = started(at, DAY)
        assert wrong.visited == ["Due"]
        completed(at, 0)
        assert ledger(at)["completed_until"] == at.time(0)


@pytest.mark.feature("J3", "J4")
@pytest.mark.parametrize("written", [True, False])
@pytest.mark.parametrize("nth", [0, 1])
def test_a_write_whose_answer_is_lost_is_as_good_as_any(written: bool, nth: int) -> None:
    """The first write takes the lock, the second lets go."""
    lost = ("dynamodb:updateItem", StatesError("DynamoDB.InternalServerError"), written)
    with world() as at:
        at.faults = [lost] if nth == 0 else []
        run = at.start(0)
        at.advance(5)
        at.faults = [lost] if nth == 1 else []
        at.tasks[0].end()
        at.advance(5)
        assert run.ended_in == "Completed"
        assert len(at.tasks) == 1
        assert ledger(at)["completed_until"] == at.time(0)


@pytest.mark.feature("J3")
def test_a_lock_broken_by_hand_is_told_of() -> None:
    with world() as at:
        run = started(at, 0)
        key = {"TableName": TABLE, "Key": {"job": {"S": "tidy"}}, "UpdateExpression": "REMOVE lock_owner"}
        at.aws.call("dynamodb", "UpdateItem", REGION, key)
        at.tasks[0].end()
        at.settle()
        assert (run.status, run.ended_in) == ("FAILED", "LockLost")


@pytest.mark.feature("J1")
def test_a_start_that_ecs_refuses_is_tried_again() -> None:
    refusal = ("ecs:runTask.sync", StatesError("AmazonECS.Unknown", "RESOURCE:FARGATE"), False)
    with world() as at:
        at.faults = [refusal] * 3
        run = started(at, 0)
        at.advance(30 + 60 + 120 + 10)
        at.tasks[0].end()
        at.settle()
        assert run.ended_in == "Completed"
        assert len(at.tasks) == 1


@pytest.mark.feature("J4")
@pytest.mark.parametrize("overlap", list(Overlap))
def test_a_day_without_runs_is_made_up_for_by_the_first_run_after_it(overlap: Overlap) -> None:
    """Scheduler was down from the second minute on; then it delivers what it has kept, in any order."""
    with world(overlap) as at:
        completed(at, 0)
        at.now = DAY
        late = [at.start(minute * MINUTE) for minute in (1_440, 1_380, 1_439)]
        at.settle()
        at.tasks[-1].end()
        at.advance(MINUTE)
        assert window(at) == (at.time(0), at.time(DAY))
        assert late[0].ended_in == "Completed"
        assert {e.ended_in for e in late[1:]} <= {"Skipped", "AlreadyDone"}
        assert len(at.tasks) == 2


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("due"), st.integers(0, 3)),
        st.tuples(st.just("again"), st.integers(0, 9)),
        st.tuples(st.just("step"), st.integers(0, 3)),
        st.tuples(st.just("succeed"), st.just(0)),
        st.tuples(st.just("fail"), st.just(0)),
        st.tuples(st.just("crash"), st.integers(0, 3)),
        st.tuples(st.just("lose"), st.booleans()),
        st.tuples(st.just("wait"), st.sampled_from([10, 200, 700])),
    ),
    max_size=25,
)


@pytest.mark.feature("J3", "J4")
@settings(max_examples=60, deadline=None)
@given(steps=STEPS, overlap=st.sampled_from(list(Overlap)))
def test_whatever_happens_no_two_run_and_nothing_is_completed_twice_or_left_out(
    steps: list[tuple[str, Any]], overlap: Overlap
) -> None:
    with world(overlap) as at:
        done: list[tuple[str, str]] = []
        counted = set[int]()

        def check() -> None:
            assert sum(task.running for task in at.tasks) <= 1, "two tasks run"
            for index, task in enumerate(at.tasks):
                run = next(e for e in at.executions.values() if e.arn.endswith(f":{task.run}"))
                if run.ended_in == "Completed" and index not in counted:
                    counted.add(index)
                    done.append(window(at, index))
            assert done == sorted(done)
            assert [start for start, _ in done] == [NEVER, *(end for _, end in done[:-1])][: len(done)]

        for what, number in steps:
            live = [e for e in at.executions.values() if e.status == "RUNNING"]
            if what == "due":
                # Some minutes of Scheduler's pass without a run.
                at.now += MINUTE * (1 + number)
                at.start(at.now)
            elif what == "again":
                at.start(max(0, at.now - MINUTE * number))
            elif what == "step" and live:
                at.step(live[number % len(live)])
            elif what in ("succeed", "fail"):
                for task in at.tasks:
                    if task.running:
                        task.end(StatesError("States.TaskFailed") if what == "fail" else None)
            elif what == "crash" and live:
                at.abort(live[number % len(live)])
            elif what == "lose":
                at.faults = [("dynamodb:updateItem", StatesError("DynamoDB.InternalServerError"), number)]
            elif what == "wait":
                at.advance(number, every=10)
            check()
        # Peace returns: whatever was left behind is cleared away, and one more run covers the rest.
        at.faults = []
        for _ in range(4):
            at.advance(400, every=10)
            for task in at.tasks:
                task.end() if task.running else None
            check()
        at.advance(1_000, every=10)
        last = at.start(at.now)
        at.advance(STOP + 30, every=10)
        for task in at.tasks:
            task.end() if task.running else None
        at.advance(30, every=10)
        check()
        assert last.ended_in == "Completed"
        assert done[-1][1] == ledger(at)["completed_until"]
