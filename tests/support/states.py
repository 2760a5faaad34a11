"""Runs a state machine in a test: the few kinds of state that the job's has, one step at a time, on a clock of its own.

What a definition holds beyond these raises: nothing is passed over. Calls to DynamoDB go to moto; ECS and Step
Functions are a handful of dictionaries here. Every request is checked against its service's model.
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from breakwater.simulator.aws import AwsError, SimulatedAws

ACCOUNT, REGION = "111122223333", "us-east-1"
RUNNING = "RUNNING"


class StatesError(Exception):
    """An error that Retry and Catch see."""

    def __init__(self, name: str, cause: str = "") -> None:
        super().__init__(f"{name}: {cause}")
        self.name, self.cause = name, cause


@dataclass
class Task:
    """A task of ECS, which somebody must end."""

    run: str
    variables: dict[str, str]
    started: float
    running: bool = True
    outcome: StatesError | None = None

    def end(self, error: StatesError | None = None) -> None:
        """It exits: well, or with an error."""
        self.running, self.outcome = False, error


@dataclass
class Execution:
    """One execution, between two of its steps."""

    arn: str
    steps: Generator[Callable[[], bool], None, str]
    status: str = RUNNING
    ended_in: str = ""
    error: str = ""
    cause: str = ""
    ready: Callable[[], bool] = lambda: True
    visited: list[str] = field(default_factory=list)


class World:
    """A ledger in moto, a clock, executions and tasks."""

    def __init__(self, aws: SimulatedAws, definition: Mapping[str, Any]) -> None:
        self.aws, self.definition, self.now = aws, definition, 0.0
        self.executions: dict[str, Execution] = {}
        self.tasks: list[Task] = []
        self.faults: list[tuple[str, StatesError, bool]] = []
        """Resource, error, whether the call is made all the same: the next call of each kind fails so."""

    def time(self, seconds: float) -> str:
        """A time as AWS writes it."""
        return datetime.fromtimestamp(1_800_000_000 + seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def start(self, scheduled: float, region: str = REGION) -> Execution:
        """What Scheduler does."""
        name = f"run-{len(self.executions)}"
        arn = f"arn:aws:states:{region}:{ACCOUNT}:execution:tidy:{name}"
        execution = Execution(arn, iter(()))  # type: ignore[arg-type]  # at once replaced
        execution.steps = self._execute(execution, {"scheduled_time": self.time(scheduled)}, name)
        self.executions[arn] = execution
        return execution

    def step(self, execution: Execution) -> bool:
        """One state further, unless it is over or waits."""
        if execution.status != RUNNING or not execution.ready():
            return False
        try:
            execution.ready = next(execution.steps)
        except StopIteration as end:
            execution.status = end.value
        return True

    def settle(self) -> None:
        """Let all executions come to where only time or a task's end moves them."""
        while sum(self.step(execution) for execution in self.executions.values()):
            pass

    def advance(self, seconds: float, *, every: float = 5) -> None:
        """Let time pass, and what is due happen."""
        end = self.now + seconds
        self.settle()
        while self.now < end:
            self.now = min(self.now + every, end)
            self.settle()

    def abort(self, execution: Execution, *, stop_task: bool = True) -> None:
        """StopExecution, or the end of its time: it lets go of nothing; its task is stopped if that works."""
        execution.steps.close()
        execution.status = "ABORTED"
        for task in self.tasks:
            if task.run == execution.arn.rsplit(":", 1)[1] and stop_task:
                task.end(StatesError("Aborted"))

    def _execute(self, execution: Execution, data: Any, name: str) -> Generator[Callable[[], bool], None, str]:
        context: dict[str, Any] = {"Execution": {"Id": execution.arn, "Name": name, "StartTime": self.time(self.now)}}
        current = self.definition["StartAt"]
        while True:
            state = self.definition["States"][current]
            execution.visited.append(current)
            context["State"] = {"EnteredTime": self.time(self.now), "Name": current}
            kind = state["Type"]
            if kind in ("Succeed", "Fail"):
                execution.ended_in = current
                if kind == "Fail":
                    assert not state["Error"].startswith("States.")
                    execution.error, execution.cause = state["Error"], _cause(state, data)
                return "SUCCEEDED" if kind == "Succeed" else "FAILED"
            if kind == "Task":
                data, current = yield from self._attempt(state, data, context)
            elif kind == "Wait":
                yield self._due(self._until(state, data, context))
                current = state["Next"]
            elif kind == "Choice":
                matching = (rule["Next"] for rule in state["Choices"] if _holds(rule, data, context))
                current = next(matching, state["Default"])
            elif kind == "Pass":
                assert set(state) == {"Type", "Result", "ResultPath", "Next"}
                data, current = _placed(data, state["ResultPath"], state["Result"]), state["Next"]
            else:
                raise NotImplementedError(kind)
            yield lambda: True

    def _due(self, until: float) -> Callable[[], bool]:
        return lambda: self.now >= until

    def _until(self, state: Mapping[str, Any], data: Any, context: Any) -> float:
        if "Seconds" in state:
            return float(self.now + state["Seconds"])
        written = datetime.fromisoformat(_at(state["TimestampPath"], data, context))
        return written.timestamp() - 1_800_000_000

    def _attempt(self, state: Mapping[str, Any], data: Any, context: Any) -> Generator[Any, None, tuple[Any, str]]:
        known = {"Type", "Resource", "Parameters", "TimeoutSeconds", "Retry", "ResultSelector", "ResultPath"}
        assert set(state) <= known | {"Catch", "Next"}
        tried: dict[int, int] = {}
        while True:
            try:
                result = yield from self._call(state, _filled(state["Parameters"], data, context), context)
            except StatesError as error:
                retrier = next((r for r in state.get("Retry", ()) if _catches(r, error)), None)
                attempt = tried.get(id(retrier), 0)
                if retrier is not None and attempt < retrier["MaxAttempts"]:
                    tried[id(retrier)] = attempt + 1
                    delay = retrier["IntervalSeconds"] * retrier["BackoffRate"] ** attempt
                    yield self._due(self.now + min(delay, retrier.get("MaxDelaySeconds", delay)))
                    continue
                catcher = next((c for c in state.get("Catch", ()) if _catches(c, error)), None)
                if catcher is None:
                    raise
                told = {"Error": error.name, "Cause": error.cause}
                return _placed(data, catcher["ResultPath"], told), catcher["Next"]
            if "ResultSelector" in state:
                result = _filled(state["ResultSelector"], result, context)
            return _placed(data, state["ResultPath"], result), state["Next"]

    def _call(self, state: Mapping[str, Any], parameters: dict[str, Any], context: Any) -> Generator[Any, None, Any]:
        resource = state["Resource"].removeprefix("arn:aws:states:::")
        fault = next((f for f in self.faults if f[0] == resource), None)
        if fault is not None:
            self.faults.remove(fault)
            if not fault[2]:
                raise fault[1]
        if resource == "ecs:runTask.sync":
            yield from self._run_task(state, parameters, context)
            return None
        answer = self._answer(resource, parameters)
        if fault is not None:
            raise fault[1]
        return answer

    def _answer(self, resource: str, parameters: dict[str, Any]) -> Any:
        if resource in ("dynamodb:updateItem", "dynamodb:getItem"):
            operation = resource.split(":")[1]
            try:
                return self.aws.call("dynamodb", operation[0].upper() + operation[1:], REGION, parameters)
            except AwsError as error:
                raise StatesError(f"DynamoDB.{error.code}", error.reason) from error
        if resource == "aws-sdk:ecs:listTasks":
            self.aws.check("ecs", "ListTasks", _camel(parameters))
            assert parameters["DesiredStatus"] == RUNNING
            return {"TaskArns": [task.run for task in self.tasks if task.running]}
        assert resource == "aws-sdk:sfn:describeExecution"
        self.aws.check("stepfunctions", "DescribeExecution", _camel(parameters))
        if parameters["ExecutionArn"] not in self.executions:
            raise StatesError("Sfn.ExecutionDoesNotExistException")
        return {"Status": self.executions[parameters["ExecutionArn"]].status}

    def _run_task(
        self, state: Mapping[str, Any], parameters: dict[str, Any], context: Any
    ) -> Generator[Any, None, None]:
        self.aws.check("ecs", "RunTask", _camel(parameters))
        (override,) = parameters["Overrides"]["ContainerOverrides"]
        variables = {variable["Name"]: variable["Value"] for variable in override["Environment"]}
        task = Task(context["Execution"]["Name"], variables, self.now)
        self.tasks.append(task)
        ends = self.now + state["TimeoutSeconds"]
        yield lambda: not task.running or self.now >= ends
        if task.running:
            # Told to stop; it is no longer meant to run, and takes its time.
            task.end()
            raise StatesError("States.Timeout")
        if task.outcome is not None:
            raise task.outcome


def _catches(rule: Mapping[str, Any], error: StatesError) -> bool:
    return error.name in rule["ErrorEquals"] or "States.ALL" in rule["ErrorEquals"]


def _cause(state: Mapping[str, Any], data: Any) -> str:
    if "Cause" in state:
        return str(state["Cause"])
    assert state["CausePath"] == "States.Format('{}: {}', $.failure.Error, $.failure.Cause)"
    return f"{data['failure']['Error']}: {data['failure']['Cause']}"


def _at(path: str, data: Any, context: Any) -> Any:
    root, _, rest = path.partition(".")
    found = {"$": data, "$$": context}[root]
    for part in rest.split("."):
        found = found[part]
    return found


def _filled(template: Any, data: Any, context: Any) -> Any:
    """Parameters or a ResultSelector with what their paths lead to."""
    if isinstance(template, list):
        return [_filled(item, data, context) for item in template]
    if not isinstance(template, dict):
        return template
    filled = {}
    for key, value in template.items():
        if key.endswith(".$"):
            inner = value.removeprefix("States.ArrayLength(").removesuffix(")")
            found = _at(inner, data, context)
            filled[key.removesuffix(".$")] = found if inner == value else len(found)
        else:
            filled[key] = _filled(value, data, context)
    return filled


def _placed(data: Any, path: str | None, result: Any) -> Any:
    if path is None:
        return data
    assert path.startswith("$.")
    assert "." not in path[2:]
    return {**data, path[2:]: result}


def _holds(rule: Mapping[str, Any], data: Any, context: Any) -> bool:
    if "And" in rule:
        return all(_holds(part, data, context) for part in rule["And"])
    if "Not" in rule:
        return not _holds(rule["Not"], data, context)
    (test,) = set(rule) - {"Variable", "Next"}
    if test == "IsPresent":
        try:
            _at(rule["Variable"], data, context)
        except KeyError:
            return not rule[test]
        return bool(rule[test])
    value, other = _at(rule["Variable"], data, context), rule[test]
    if test.endswith("Path"):
        other = _at(other, data, context)
    tests: dict[str, Callable[[], bool]] = {
        "StringEquals": lambda: value == other,
        "StringEqualsPath": lambda: value == other,
        "StringGreaterThanEqualsPath": lambda: value >= other,
        "StringMatches": lambda: value.startswith(other.removesuffix("*")),
        "NumericGreaterThan": lambda: value > other,
    }
    return tests[test]()


def _camel(value: Any) -> Any:
    """Step Functions' names of parameters as the service's API has them."""
    if isinstance(value, list):
        return [_camel(item) for item in value]
    if isinstance(value, dict):
        return {key[0].lower() + key[1:]: _camel(item) for key, item in value.items()}
    return value
