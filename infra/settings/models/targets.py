"""The figures that a stack must reach: `breakwater capacity`, `resilience` and `cost` say whether it does."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from infra.settings.models._model import Model


class Spike(Model):
    """Requests that come suddenly."""

    requests_per_second: float = Field(gt=0, examples=[1000])
    """Requests a second at the top, above 0."""
    seconds: float = Field(gt=0, le=86_400, examples=[10])
    """Seconds in which they rise from none to the top, above 0 to 86400."""


class MessageTarget(Model):
    """What the workers of a queue must manage, in each region that takes traffic."""

    per_second: float | None = Field(default=None, gt=0, examples=[100])
    """Messages a second that arrive, and are handled, above 0; default none."""
    backlog: int | None = Field(default=None, ge=1, examples=[10_000])
    """Messages that have gathered, 1 or more, and must be gone within `drain_minutes`; default none."""
    drain_minutes: float | None = Field(default=None, gt=0, examples=[30])
    """Minutes in which a backlog must be gone while messages keep arriving, above 0; default none. Without `backlog`
    it is what gathers in `downtime_hours`, `per_second`."""
    downtime_hours: float | None = Field(default=None, gt=0, examples=[24])
    """Hours for which no worker runs and no message may be lost, above 0; default none."""


class Targets(Model):
    """The figures that a stack must reach; what is not given is not judged."""

    requests_per_second: Mapping[str, Annotated[float, Field(gt=0)]] = Field(
        default_factory=dict, examples=[{"api": 1500}]
    )
    """Service -> requests a second it must carry, above 0, in each region that takes traffic; default none. It must
    declare its `request`."""
    spikes: Mapping[str, Spike] = Field(
        default_factory=dict, examples=[{"api": {"requests_per_second": 1000, "seconds": 10}}]
    )
    """Service -> sudden rise of its requests that it must survive; default none. It must declare its `request`."""
    concurrent_users: Mapping[str, Annotated[int, Field(ge=1)]] = Field(default_factory=dict, examples=[{"api": 5000}])
    """Service -> users at once, 1 or more, in each region that takes traffic; default none. It must declare its
    `request` and `users`."""
    messages: Mapping[str, MessageTarget] = Field(default_factory=dict, examples=[{"deliveries": {"per_second": 100}}])
    """Queue -> what its workers must manage; default none."""
    database_clients: int | None = Field(default=None, ge=1, examples=[1000])
    """Connections of clients, 1 or more, that the database or its proxy must take at once; default none."""
    availability_percent: float | None = Field(default=None, gt=0, lt=100, examples=[99.9])
    """Percent of the time in which requests are answered, above 0 and below 100; default none."""
    recovery_minutes: float | None = Field(default=None, gt=0, examples=[30])
    """Minutes after which requests are answered again when a region is lost, above 0; default none. Needs a second
    region."""
    data_loss_seconds: float | None = Field(default=None, ge=0, examples=[300])
    """Seconds of writing that may be lost with a region, 0 or more; default none. Needs a second region."""
    rollback_seconds: float | None = Field(default=None, gt=0, examples=[120])
    """Seconds until a bad version gets no requests once somebody undoes it, above 0; default none."""
    monthly_usd: float | None = Field(default=None, gt=0, examples=[2500])
    """US dollars a month, above 0, that the stack may cost with all the tasks that autoscaling may start, without what
    is billed by use; default none."""
