"""Waiting lines: what a request waits for a processor when all are shared (M/M/c, Erlang C)."""


def erlang_c(servers: int, load: float) -> float:
    """The probability that a request finds all servers busy; `load` is arrival rate × service time, below `servers`."""
    if load <= 0:
        return 0.0
    blocked = 1.0
    for count in range(1, servers + 1):
        blocked = load * blocked / (count + load * blocked)
    busy = load / servers
    return blocked / (1 - busy * (1 - blocked))


def mean_wait(servers: int, rate: float, service_seconds: float) -> float | None:
    """Seconds that a request waits on average; None where more arrives than is served and the line never ends."""
    load = rate * service_seconds
    if load >= servers:
        return None
    return erlang_c(servers, load) * service_seconds / (servers - load)


def drain_seconds(backlog: float, arriving: float, first: float, full: float, ramp_seconds: float) -> float | None:
    """Seconds until a backlog is gone while messages keep arriving.

    `first` messages a second are handled until autoscaling has reacted, after `ramp_seconds`, and `full` from then on.
    None where the backlog never ends.
    """
    if backlog <= 0:
        return 0.0
    left = backlog + (arriving - first) * ramp_seconds
    if left <= 0:
        return backlog / (first - arriving)
    return None if full <= arriving else ramp_seconds + left / (full - arriving)
